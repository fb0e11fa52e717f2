import { type Check, printChecks } from "./checks.ts";
import { type Bar, EchoRounds } from "./echo-rounds.ts";
import type { BenchOptions } from "./options.ts";
import { type Excuse, pentioModels, setUpPeers, wanted } from "./peers.ts";
import { pinned } from "./process.ts";
import { table } from "./statistics.ts";

/** Medians of a model over the rounds. */
interface Result {
  readonly name: string;
  readonly connections: number;
  readonly cpuUsPerRequest: number;
  /** CPU per request divided by that of node:net: the median of the rounds' ratios. */
  readonly toNode: number;
  readonly requestsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** The bars that the project sets itself. The other models are what they are, and are shown without one. */
const bars: readonly Bar[] = [
  ["poll", "node", 1.2],
  ["epoll", "node", 0.75],
  ["signal", "node", 1.2],
  ["io_uring", "node", 0.65],
];

/** The same echo server on every model, in the order of the book, beside node:net. */
export async function models(options: BenchOptions) {
  const { peers } = setUpPeers("load", "node");
  const { candidates, skipped } = pentioModels("pentio-echo");
  const taking = wanted([...candidates, ...peers], options);
  const results: Result[] = [];
  const checks: Check[] = [];
  const failed: Excuse[] = [];
  for (const connections of options.connections) {
    const rounds = new EchoRounds(taking, connections);
    await rounds.run(options);
    for (const name of rounds.names) {
      results.push({
        name,
        connections,
        cpuUsPerRequest: rounds.median(name, "cpuUsPerRequest"),
        toNode: rounds.ratio(name, "node"),
        requestsPerSecond: rounds.median(name, "requestsPerSecond"),
        p50Us: rounds.median(name, "p50Us"),
        p99Us: rounds.median(name, "p99Us"),
      });
    }
    checks.push(...rounds.check(bars));
    failed.push(...rounds.failed);
  }
  if (!options.json) print(results, checks, skipped);
  return { suite: "models", pinned, options, results, checks, skipped, failed };
}

function print(results: readonly Result[], checks: readonly Check[], skipped: readonly Excuse[]): void {
  const header = ["model", "connections", "CPU µs/request", "this/node", "requests/s", "p50 µs", "p99 µs"];
  const rows = results.map((result) => [
    result.name,
    String(result.connections),
    result.cpuUsPerRequest.toFixed(2),
    result.toNode.toFixed(2),
    result.requestsPerSecond.toFixed(0),
    result.p50Us.toFixed(0),
    result.p99Us.toFixed(0),
  ]);
  console.log(table([header, ...rows]));
  printChecks(checks);
  for (const { name, reason } of skipped) console.log(`skipped ${name}: ${reason}`);
}
