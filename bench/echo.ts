import type { BenchOptions } from "./options.ts";
import { type Candidate, load, pentioEchoServers, type Skipped, setUpPeers } from "./peers.ts";
import { lastLine, pinned, startServer, stop } from "./process.ts";
import { median, table } from "./statistics.ts";

/** Until compilers have done their work and connections are open: what is compared is the steady state. */
const WARM_UP_SECONDS = 2;

/** What the load generator prints. */
interface Measurement {
  readonly requestsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly cpuUsPerRequest: number;
  readonly mismatches: number;
}

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

/** The bars that the project sets itself: a server's CPU per request relative to another's. */
const bars: readonly (readonly [name: string, other: string, atMost: number])[] = [
  ["pentio io_uring", "node", 0.6],
  ["pentio io_uring", "c-uring", 1.2],
  ["pentio io_uring", "bun", 1],
  ["pentio io_uring", "uvloop", 1],
  ["pentio io_uring", "go", 1],
  ["pentio epoll", "node", 0.75],
  ["pentio await", "pentio io_uring", 1.1],
];

/**
 * 64-byte echo under a closed loop: every candidate in turn, round by round, so that a change of the machine's speed
 * meets all of them. The figure that holds is CPU per request.
 */
export async function echo(options: BenchOptions): Promise<unknown> {
  const { peers, skipped } = setUpPeers();
  const wanted = (candidate: Candidate) => options.only.length === 0 || options.only.includes(candidate.name);
  const candidates = [...pentioEchoServers, ...peers].filter(wanted);
  const results: Result[] = [];
  const checks: { bar: string; ratio: number; atMost: number; holds: boolean }[] = [];
  for (const connections of options.connections) {
    const rounds: Map<string, Measurement>[] = [];
    for (let round = 1; round <= options.rounds; round++) {
      const measured = new Map<string, Measurement>();
      for (const candidate of candidates) {
        process.stderr.write(
          `${connections} connections, round ${round} of ${options.rounds}: ${candidate.name}\n`,
        );
        measured.set(candidate.name, await measure(candidate, connections, options.seconds));
      }
      rounds.push(measured);
    }
    const ratio = (name: string, other: string) =>
      median(rounds.map((round) => round.get(name)!.cpuUsPerRequest / round.get(other)!.cpuUsPerRequest));
    const names = candidates.map(({ name }) => name);
    for (const name of names) {
      const of = (figure: keyof Measurement) => median(rounds.map((round) => round.get(name)![figure]));
      results.push({
        name,
        connections,
        cpuUsPerRequest: of("cpuUsPerRequest"),
        requestsPerSecond: of("requestsPerSecond"),
        p50Us: of("p50Us"),
        p99Us: of("p99Us"),
        pentioRatio: names.includes("pentio io_uring") ? ratio("pentio io_uring", name) : Number.NaN,
      });
    }
    for (const [name, other, atMost] of bars) {
      if (!names.includes(name) || !names.includes(other)) continue;
      const value = ratio(name, other);
      checks.push({
        bar: `${connections}: ${name} / ${other}`,
        ratio: value,
        atMost,
        holds: value <= atMost,
      });
    }
  }
  if (!options.json) print(results, checks, skipped);
  return { suite: "echo", pinned, options, results, checks, skipped };
}

async function measure(candidate: Candidate, connections: number, seconds: number): Promise<Measurement> {
  const { server, port } = await startServer({ ...candidate, processor: 0 });
  try {
    const args = { port, connections, size: 64, seconds, warmup: WARM_UP_SECONDS, pid: server.pid };
    const command = [load, ...Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)])];
    return JSON.parse(await lastLine({ command, processor: 1 })) as Measurement;
  } finally {
    await stop(server);
  }
}

function print(results: readonly Result[], checks: readonly object[], skipped: readonly Skipped[]): void {
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
  printChecks(checks as Parameters<typeof printChecks>[0]);
  for (const { name, reason } of skipped) console.log(`skipped ${name}: ${reason}`);
}

/** One line for each bar. */
export function printChecks(
  checks: readonly { bar: string; ratio: number; atMost?: number; atLeast?: number; holds: boolean }[],
): void {
  for (const { bar, ratio, atMost, atLeast, holds } of checks) {
    const bound = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
    console.log(`${holds ? "holds" : "FAILS"}  ${bar}: ${ratio.toFixed(3)}, ${bound}`);
  }
}
