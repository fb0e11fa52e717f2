import type { EchoServer, Round } from "./echo-contest.ts";
import { figuresOf, medianFigures } from "./figures.ts";
import type { Figures, LoadResult, ModelResult, SystemCalls } from "./report.ts";

/** For V8 to compile what is hot. */
const WARM_UP_SECONDS_MAX = 0.5;
/** For TCP's windows to open, each time there are new connections. */
const CONNECTIONS_WARM_UP_SECONDS_MAX = 0.1;
const COUNTING_SECONDS_MAX = 0.4;

/** A server in the comparison, and what it has come to so far. */
export class Candidate {
  private readonly server: EchoServer;
  private readonly connections: number;
  private readonly rounds: Figures[] = [];
  /** Of all requests, those that were not measured among them. */
  private readonly loads: LoadResult[] = [];
  private requests = 0;
  private seconds = 0;
  private threads = 0;
  private peakRssBytes = 0;
  private systemCalls: SystemCalls = { perRequest: null, reason: "they were not counted yet" };

  constructor(server: EchoServer, connections: number) {
    this.server = server;
    this.connections = connections;
  }

  /** A turn before the rounds. */
  async warmUp(seconds: number): Promise<void> {
    await this.server.turn(this.connections, async (run) => {
      this.checked(await run(Math.min(WARM_UP_SECONDS_MAX, seconds)));
    });
  }

  /** One round. */
  async measure(seconds: number): Promise<void> {
    const round = await this.server.turn(this.connections, async (run) => {
      this.checked(await run(Math.min(CONNECTIONS_WARM_UP_SECONDS_MAX, seconds)));
      return this.checked(await run(seconds));
    });
    // Without a reply there are no figures, as on a machine that is held up.
    if (round.load.requests > 0) this.rounds.push(figuresOf(round));
    this.requests += round.load.requests;
    this.seconds += round.load.seconds;
  }

  /**
   * A turn after the rounds, for counting disturbs; by then all threads that a model needs have started.
   *
   * @throws if no reply came in any round
   */
  async countSystemCalls(seconds: number): Promise<void> {
    if (this.rounds.length === 0)
      throw new Error("no reply came in the time of all rounds: give it more (--seconds)");
    await this.server.turn(this.connections, async (run) => {
      // What serves the connections is there by then.
      this.checked(await run(Math.min(CONNECTIONS_WARM_UP_SECONDS_MAX, seconds)));
      this.systemCalls = await this.server.countSystemCalls(async () =>
        this.checked(await run(Math.min(COUNTING_SECONDS_MAX, seconds))),
      );
    });
  }

  /** @returns what it came to in all rounds so far, of which there is one at least */
  get result(): ModelResult {
    const { rounds, requests, seconds, systemCalls, threads, peakRssBytes, loads } = this;
    const sum = (of: (load: LoadResult) => number) => loads.reduce((total, load) => total + of(load), 0);
    return {
      model: this.server.name,
      ...medianFigures(rounds),
      rounds,
      requests,
      seconds,
      cpuRatioToNodeNet: null,
      systemCalls,
      threads,
      peakRssBytes,
      warnings: this.server.warnings,
      checked: {
        requests: sum((load) => load.requests),
        bytes: sum((load) => load.bytes),
        mismatches: sum((load) => load.mismatches),
        firstMismatch: loads.find((load) => load.firstMismatch)?.firstMismatch ?? null,
      },
    };
  }

  private checked(round: Round): Round {
    this.loads.push(round.load);
    this.threads = Math.max(this.threads, round.after.threads);
    this.peakRssBytes = round.after.peakRssBytes;
    return round;
  }
}
