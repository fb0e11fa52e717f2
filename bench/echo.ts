import { type Check, printChecks } from "./checks.ts";
import { type Bar, EchoRounds } from "./echo-rounds.ts";
import type { BenchOptions } from "./options.ts";
import { type Excuse, pentioEchoServers, setUpPeers, wanted } from "./peers.ts";
import { pinned } from "./process.ts";
import { table } from "./statistics.ts";

/** Medians of a candidate over the rounds. */
interface Result {
  readonly name: string;
  readonly connections: number;
  readonly cpuUsPerRequest: number;
  readonly requestsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** CPU per request of Pentio's io_uring coroutine server divided by this one's: the median of the rounds' ratios. */
  readonly pentioRatio: number;
}

/** The bars that the project sets itself. */
const bars: readonly Bar[] = [
  ["pentio io_uring", "node", 0.6],
  ["pentio io_uring", "c-uring", 1.2],
  ["pentio io_uring", "bun", 1],
  ["pentio io_uring", "uvloop", 1],
  ["pentio io_uring", "go", 1],
  ["pentio epoll", "node", 0.75],
  ["pentio await", "pentio io_uring", 1.1],
];

/** Pentio's echo servers against those of others. */
export async function echo(options: BenchOptions) {
  const { peers, skipped } = setUpPeers();
  const candidates = wanted([...pentioEchoServers, ...peers], options);
  const results: Result[] = [];
  const checks: Check[] = [];
  const failed: Excuse[] = [];
  for (const connections of options.connections) {
    const rounds = new EchoRounds(candidates, connections);
    await rounds.run(options);
    for (const name of rounds.names) {
      results.push({
        name,
        connections,
        cpuUsPerRequest: rounds.median(name, "cpuUsPerRequest"),
        requestsPerSecond: rounds.median(name, "requestsPerSecond"),
        p50Us: rounds.median(name, "p50Us"),
        p99Us: rounds.median(name, "p99Us"),
        pentioRatio: rounds.ratio("pentio io_uring", name),
      });
    }
    checks.push(...rounds.check(bars));
    failed.push(...rounds.failed);
  }
  if (!options.json) print(results, checks, skipped);
  return { suite: "echo", pinned, options, results, checks, skipped, failed };
}

function print(results: readonly Result[], checks: readonly Check[], skipped: readonly Excuse[]): void {
  const header = ["server", "connections", "CPU µs/request", "requests/s", "p50 µs", "p99 µs", "pentio/this"];
  const rows = results.map((result) => [
    result.name,
    String(result.connections),
    result.cpuUsPerRequest.toFixed(2),
    result.requestsPerSecond.toFixed(0),
    result.p50Us.toFixed(0),
    result.p99Us.toFixed(0),
    result.pentioRatio.toFixed(2),
  ]);
  console.log(table([header, ...rows]));
  printChecks(checks);
  for (const { name, reason } of skipped) console.log(`skipped ${name}: ${reason}`);
}
