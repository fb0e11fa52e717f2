import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Check, checkAtLeast, printChecks } from "./checks.ts";
import type { BenchOptions } from "./options.ts";
import type { Excuse } from "./peers.ts";
import { peersFolder } from "./process.ts";
import { median, table } from "./statistics.ts";
import { type Measurement, type TaskCandidate, taskProgram } from "./task-candidates.ts";
import { TaskRounds } from "./task-rounds.ts";

/** Of the library's own cost of a call, so much may be added. */
const OVERHEAD_MAX = 1.15;

function program(name: string): string {
  return fileURLToPath(new URL(`./executors/${name}.js`, import.meta.url));
}

function javascript(name: string, module: string, run: string): TaskCandidate {
  const command = [process.execPath, "--no-warnings", taskProgram("measure"), program(module), run];
  return { name, describe: "empty calls", command, peer: null };
}

function python(kind: string, what: string): TaskCandidate {
  const command = ["python3", join(peersFolder, "python-executors.py"), kind, what];
  return { name: "python", describe: "concurrent.futures", command, peer: "python" };
}

/** Empty calls of one warm worker: one after the other, and many at a time. */
const measurements: readonly Measurement[] = [
  {
    name: "thread round trips",
    unit: "calls",
    candidates: [
      javascript("pentio", "pentio", "threadRoundTrips"),
      javascript("workerpool", "others", "workerpoolRoundTrips"),
      javascript("piscina", "others", "piscinaRoundTrips"),
      python("thread", "roundtrips"),
    ],
    bars: [
      { name: "pentio", other: "workerpool", timesAtLeast: 1 / OVERHEAD_MAX },
      { name: "pentio", other: "piscina", timesAtLeast: 1 },
      { name: "pentio", other: "python", timesAtLeast: 1.5 },
    ],
  },
  {
    name: "thread batches",
    unit: "calls",
    candidates: [
      javascript("pentio", "pentio", "threadBatches"),
      javascript("workerpool", "others", "workerpoolBatches"),
      javascript("piscina", "others", "piscinaBatches"),
      python("thread", "batches"),
    ],
    bars: [
      { name: "pentio", other: "piscina", timesAtLeast: 1 },
      { name: "pentio", other: "python", timesAtLeast: 1.5 },
    ],
  },
  {
    name: "process round trips",
    unit: "calls",
    candidates: [javascript("pentio", "pentio", "processRoundTrips"), python("process", "roundtrips")],
    bars: [{ name: "pentio", other: "python", timesAtLeast: 1.5 }],
  },
  {
    name: "process batches",
    unit: "calls",
    candidates: [javascript("pentio", "pentio", "processBatches"), python("process", "batches")],
    bars: [{ name: "pentio", other: "python", timesAtLeast: 1.5 }],
  },
];

/** Executors beside the libraries, Python's, and themselves with one process: `--only` takes the measurements' names and `hashing`. */
export async function executors(options: BenchOptions) {
  const isWanted = (name: string) => options.only.length === 0 || options.only.includes(name);
  const hasPython = spawnSync("python3", ["--version"]).status === 0;
  const isThere = ({ peer }: TaskCandidate) => peer === null || hasPython;
  const results = [];
  const checks: Check[] = [];
  const failed: Excuse[] = [];
  for (const measurement of measurements.filter(({ name }) => isWanted(name))) {
    const rounds = new TaskRounds(measurement, measurement.candidates.filter(isThere));
    await rounds.run(options);
    results.push(...rounds.results());
    checks.push(...rounds.check());
    failed.push(...rounds.failed);
  }
  const hashing = isWanted("hashing") ? measureHashing(options.rounds) : [];
  if (hashing.length > 0) checks.push(checkAtLeast("hashing: 2 processes / 1 process", median(hashing), 1.8));
  const skipped = hasPython ? [] : [{ name: "python", reason: "python3 is not installed" }];
  if (!options.json) print(results, checks, skipped);
  return { suite: "executors", options, results, hashing, checks, skipped, failed };
}

/** @returns of each round, how many times faster two processes are than one, by the clock and on all processors */
function measureHashing(rounds: number): number[] {
  return Array.from({ length: rounds }, () => hashingSeconds(1) / hashingSeconds(2));
}

function hashingSeconds(processes: number): number {
  process.stderr.write(`hashing on ${processes}\n`);
  const { status, stdout } = spawnSync(process.execPath, [program("hashing"), String(processes)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`hashing failed (${status})`);
  return (JSON.parse(stdout) as { seconds: number }).seconds;
}

function print(
  results: ReturnType<TaskRounds["results"]>,
  checks: readonly Check[],
  skipped: readonly Excuse[],
): void {
  const header = ["measurement", "program", "µs CPU each", "µs each", "first/this"];
  const rows = results.map((result) => [
    result.measurement,
    result.name,
    (1e6 / result.perCpuSecond).toFixed(1),
    (1e6 / result.perSecond).toFixed(1),
    result.firstRatio.toFixed(2),
  ]);
  if (rows.length > 0) console.log(table([header, ...rows]));
  printChecks(checks);
  for (const { name, reason } of skipped) console.log(`skipped ${name}: ${reason}`);
}
