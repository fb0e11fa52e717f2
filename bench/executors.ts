import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Check, checkAtLeast, printChecks } from "./checks.ts";
import { cluster } from "./cluster.ts";
import type { BenchOptions } from "./options.ts";
import type { Excuse } from "./peers.ts";
import { peersFolder, pinned } from "./process.ts";
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
  // What a program gets of both processors, where what is saved on one may be lost in waiting for the other.
  ...["RoundTrips", "Batches"].map((run) => ({
    name: `thread ${run === "Batches" ? "batches" : "round trips"} by the clock`,
    unit: "calls",
    byClock: true,
    candidates: [
      javascript("pentio", "pentio", `thread${run}`),
      javascript("piscina", "others", `piscina${run}`),
    ],
    bars: [{ name: "pentio", other: "piscina", timesAtLeast: 1 }],
  })),
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

/** What of the suite `cluster` belongs to the figures that executors are held to. */
const CLUSTER_PARTS = ["scaling", "spread", "reload"];

/**
 * Executors beside the libraries, Python's, and themselves with one process; and servers of many processes. `--only` takes the
 * measurements' names, `hashing`, and the cluster's `scaling`, `spread` and `reload`.
 */
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
  const hashing = isWanted("hashing") ? await measureHashing(options.rounds) : [];
  if (hashing.length > 0) {
    const ratio = median(hashing.map(({ executor }) => executor));
    checks.push(checkAtLeast("hashing: 2 processes / 1 process", ratio, 1.8));
  }
  const skipped = hasPython ? [] : [{ name: "python", reason: "python3 is not installed" }];
  if (!options.json) print(results, hashing, checks, skipped);
  const only = CLUSTER_PARTS.filter(isWanted);
  // It prints its own.
  const servers = only.length > 0 ? await cluster({ ...options, only }) : null;
  if (servers) checks.push(...servers.checks);
  return { suite: "executors", pinned, options, results, hashing, servers, checks, skipped, failed };
}

/** How many times faster two are than one, by the clock. */
interface Speedup {
  /** An executor of two processes, compared with one of one. */
  readonly executor: number;
  /** Two programs that know nothing of each other: what the machine has left for a second. */
  readonly machine: number;
}

async function measureHashing(rounds: number): Promise<Speedup[]> {
  const speedups: Speedup[] = [];
  for (let round = 1; round <= rounds; round++) {
    process.stderr.write(`round ${round} of ${rounds}, hashing\n`);
    const alone = await hashingSeconds(1);
    const together = await hashingSeconds(2);
    const apart = Math.max(...(await Promise.all([hashingSeconds(1), hashingSeconds(1)])));
    speedups.push({ executor: alone / together, machine: (2 * alone) / apart });
  }
  return speedups;
}

async function hashingSeconds(processes: number): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [program("hashing"), String(processes)], {
    timeout: 120_000,
  });
  return (JSON.parse(stdout) as { seconds: number }).seconds;
}

function print(
  results: ReturnType<TaskRounds["results"]>,
  hashing: readonly Speedup[],
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
  for (const { executor, machine } of hashing) {
    console.log(
      `hashing: ${executor.toFixed(2)} times faster on two processes; two programs: ${machine.toFixed(2)}`,
    );
  }
  printChecks(checks);
  for (const { name, reason } of skipped) console.log(`skipped ${name}: ${reason}`);
}
