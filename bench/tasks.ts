import { type Check, printChecks } from "./checks.ts";
import type { BenchOptions } from "./options.ts";
import { buildPeers, type Excuse } from "./peers.ts";
import { pinned } from "./process.ts";
import { table } from "./statistics.ts";
import { type Measurement, measurements, type TaskCandidate } from "./task-candidates.ts";
import { type RateResult, TaskRounds } from "./task-rounds.ts";
import { type Findings, tryFiring, tryParking } from "./task-trials.ts";

const NOTHING: Findings = { results: [], checks: [], failed: [] };

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
  const parked = isWanted("parked") ? await tryParking() : NOTHING;
  const firing = isWanted("firing") ? await tryFiring() : NOTHING;
  const parts = [rates, parked, firing];
  const checks = parts.flatMap((part) => part.checks);
  const { results, skipped } = rates;
  if (!options.json) print(results, checks, skipped);
  return {
    suite: "tasks",
    pinned,
    options,
    results,
    parked: parked.results,
    firing: firing.results,
    checks,
    skipped,
    failed: [...parts.flatMap((part) => part.failed), ...checks.flatMap(excuse)],
  };
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

/** A bar that is not kept, as a failure. */
function excuse({ holds, bar, ratio, atMost, atLeast }: Check): Excuse[] {
  const bound = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
  return holds ? [] : [{ name: bar, reason: `${ratio.toFixed(3)} is not ${bound}` }];
}

function print(results: readonly RateResult[], checks: readonly Check[], skipped: readonly Excuse[]): void {
  const header = ["measurement", "program", "", "million/CPU s", "ns CPU each", "million/s", "first/this"];
  const rows = results.map((result) => [
    result.measurement,
    result.name,
    result.describe,
    (result.perCpuSecond / 1e6).toFixed(2),
    (1e9 / result.perCpuSecond).toFixed(0),
    (result.perSecond / 1e6).toFixed(2),
    result.firstRatio.toFixed(2),
  ]);
  if (rows.length > 0) console.log(table([header, ...rows]));
  printChecks(checks);
  for (const { name, reason } of skipped) console.log(`skipped ${name}: ${reason}`);
}
