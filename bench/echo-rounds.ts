import { type Check, checkAtMost } from "./checks.ts";
import type { BenchOptions } from "./options.ts";
import { type Candidate, type Excuse, load } from "./peers.ts";
import { lastLine, startServer, stop } from "./process.ts";
import { median } from "./statistics.ts";

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

/** A server's CPU per request relative to another's. */
export type Bar = readonly [name: string, other: string, atMost: number];

/**
 * 64-byte echo under a closed loop: every candidate in turn, round by round, so that a change of the machine's speed
 * meets all of them. The figure that holds is CPU per request.
 */
export class EchoRounds {
  readonly connections: number;
  /** Candidates that have failed, and why; they take no further part. */
  readonly failed: Excuse[] = [];
  private candidates: readonly Candidate[];
  private readonly rounds: Map<string, Measurement>[] = [];

  constructor(candidates: readonly Candidate[], connections: number) {
    this.candidates = candidates;
    this.connections = connections;
  }

  /** Those that have been measured in every round. */
  get names(): string[] {
    return this.candidates.map(({ name }) => name);
  }

  async run({ rounds, seconds }: BenchOptions): Promise<void> {
    for (let round = 1; round <= rounds; round++) {
      const measured = new Map<string, Measurement>();
      this.rounds.push(measured);
      for (const candidate of this.candidates) {
        const { name } = candidate;
        process.stderr.write(`${this.connections} connections, round ${round} of ${rounds}: ${name}\n`);
        try {
          measured.set(name, await measure(candidate, this.connections, seconds));
        } catch (error) {
          this.failed.push({ name, reason: (error as Error).message });
        }
      }
      this.candidates = this.candidates.filter(({ name }) => measured.has(name));
    }
  }

  /** The median of the rounds' figures. */
  median(name: string, figure: keyof Measurement): number {
    return median(this.rounds.map((round) => round.get(name)![figure]));
  }

  /** CPU per request of one divided by the other's: the median of the rounds' ratios. NaN if one is missing. */
  ratio(name: string, other: string): number {
    if (!this.names.includes(name) || !this.names.includes(other)) return Number.NaN;
    return median(
      this.rounds.map((round) => round.get(name)!.cpuUsPerRequest / round.get(other)!.cpuUsPerRequest),
    );
  }

  /** Checks those bars of which both ends were measured. */
  check(bars: readonly Bar[]): Check[] {
    return bars.flatMap(([name, other, atMost]) => {
      const ratio = this.ratio(name, other);
      if (Number.isNaN(ratio)) return [];
      return checkAtMost(`${this.connections}: ${name} / ${other}`, ratio, atMost);
    });
  }
}

async function measure(candidate: Candidate, connections: number, seconds: number): Promise<Measurement> {
  const { server, port } = await startServer({ ...candidate, processor: 0 });
  try {
    const args = {
      port,
      connections,
      size: 64,
      seconds,
      warmup: candidate.warmUpSeconds ?? WARM_UP_SECONDS,
      pid: server.pid,
    };
    const command = [load, ...Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)])];
    return JSON.parse(await lastLine({ command, processor: 1 })) as Measurement;
  } finally {
    await stop(server);
  }
}
