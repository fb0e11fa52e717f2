import { type Check, checkAtMost, printChecks } from "./checks.ts";
import type { BenchOptions } from "./options.ts";
import { buildPeers, type Excuse } from "./peers.ts";
import { lastLine, pinned } from "./process.ts";
import { table } from "./statistics.ts";
import { type Measurement, measurements, type TaskCandidate, taskProgram } from "./task-candidates.ts";
import { type RateResult, TaskRounds } from "./task-rounds.ts";

const MILLION = 1_000_000;
const PARKED_BYTES_MAX = 800;
/** What tasks are parked in. */
const parkings = ["sleep", "receive"];

/** What the program `parked` prints. */
interface Parked {
  readonly count: number;
  readonly ended: number;
  readonly bytesEach: number;
  readonly leftBytesEach: number;
}

/** What the program `firing` prints. */
interface Firing {
  readonly count: number;
  readonly fired: number;
  readonly early: number;
  readonly outOfOrder: number;
}

/**
 * What tasks, channels and timers cost, beside those of others; `--only` takes the names of the measurements, `parked` and
 * `firing`. Unlike in other suites, a bar that is not kept is a failure.
 */
export async function tasks(options: BenchOptions) {
  const isWanted = (name: string) => options.only.length === 0 || options.only.includes(name);
  const rates = await measureRates(
    measurements.filter(({ name }) => isWanted(name)),
    options,
  );
  const parked = isWanted("parked") ? await park() : [];
  const firing = isWanted("firing") ? await fire() : null;
  const checks = [
    ...rates.checks,
    ...parked.map(({ name, bytesEach }) =>
      checkAtMost(`heap bytes of each of ${MILLION} tasks in ${name}`, bytesEach, PARKED_BYTES_MAX),
    ),
  ];
  const failed = [
    ...rates.failed,
    ...parked.filter(({ ended }) => ended !== MILLION).map(excuseParked),
    ...(firing && !isInOrder(firing) ? [{ name: "firing", reason: JSON.stringify(firing) }] : []),
    ...checks.filter(({ holds }) => !holds).map(excuseCheck),
  ];
  const { results, skipped } = rates;
  if (!options.json) {
    print(results);
    if (firing) console.log(`${firing.fired} timers fired, ${firing.outOfOrder} of them out of order`);
    printChecks(checks);
    for (const { name, reason } of skipped) console.log(`skipped ${name}: ${reason}`);
  }
  return { suite: "tasks", pinned, options, results, parked, firing, checks, skipped, failed };
}

async function measureRates(wanted: readonly Measurement[], options: BenchOptions) {
  const peers = new Set(wanted.flatMap(({ candidates }) => candidates.flatMap(({ peer }) => peer ?? [])));
  const reasons = peers.size > 0 ? buildPeers(...peers) : new Map<string, string>();
  const isThere = ({ peer }: TaskCandidate) => peer === null || !reasons.has(peer);
  const results: RateResult[] = [];
  const checks: Check[] = [];
  const failed: Excuse[] = [];
  for (const measurement of wanted) {
    const rounds = new TaskRounds(measurement, measurement.candidates.filter(isThere));
    await rounds.run(options);
    results.push(...rounds.results());
    checks.push(...rounds.check());
    failed.push(...rounds.failed);
  }
  return { results, checks, failed, skipped: [...reasons].map(([name, reason]) => ({ name, reason })) };
}

async function park(): Promise<(Parked & { name: string })[]> {
  const results: (Parked & { name: string })[] = [];
  for (const name of parkings) {
    process.stderr.write(`${MILLION} tasks wait: ${name}\n`);
    const command = [process.execPath, "--expose-gc", "--no-warnings", taskProgram("parked"), name];
    const line = await lastLine({ command: [...command, String(MILLION)], processor: 1 });
    results.push({ name, ...(JSON.parse(line) as Parked) });
  }
  return results;
}

async function fire(): Promise<Firing> {
  process.stderr.write(`${MILLION} timers fire\n`);
  const command = [process.execPath, "--no-warnings", taskProgram("firing"), String(MILLION)];
  return JSON.parse(await lastLine({ command, processor: 1 })) as Firing;
}

function isInOrder({ count, fired, early, outOfOrder }: Firing): boolean {
  return fired === count && early === 0 && outOfOrder === 0;
}

function excuseParked({ name, ended, count }: Parked & { name: string }): Excuse {
  return { name: `parked: ${name}`, reason: `${ended} of ${count} tasks ended when they were cancelled` };
}

function excuseCheck({ bar, ratio, atMost, atLeast }: Check): Excuse {
  const bound = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
  return { name: bar, reason: `${ratio.toFixed(3)} is not ${bound}` };
}

function print(results: readonly RateResult[]): void {
  const header = [
    "measurement",
    "program",
    "what",
    "million/CPU s",
    "ns CPU each",
    "million/s",
    "first/this",
  ];
  const rows = results.map((result) => [
    result.measurement,
    result.name,
    result.describe,
    (result.perCpuSecond / MILLION).toFixed(2),
    (1e9 / result.perCpuSecond).toFixed(0),
    (result.perSecond / MILLION).toFixed(2),
    result.firstRatio.toFixed(2),
  ]);
  console.log(table([header, ...rows]));
}
