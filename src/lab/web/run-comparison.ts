import { chooseDriver, probeModels } from "../../drivers/index.ts";
import { contenderNamed, NODE_NET } from "../contenders.ts";
import { EchoContest, type EchoServer, type Round } from "../echo-contest.ts";
import { figuresOf } from "../figures.ts";
import { choosePlacement } from "../machine.ts";
import type { SystemCalls } from "../report.ts";
import { boundBelow } from "./bounds.ts";
import type { CompareRequest, Sample } from "./protocol.ts";
import type { Tell } from "./runs.ts";

/** So that five steps of all models take about a minute, and the first sample a second. */
const FIRST_WARM_UP_SECONDS = 0.25;
const WARM_UP_SECONDS = 0.1;
const MEASURING_SECONDS = 0.4;
/** For a server that is so slow, or so held up, that no reply came in the time. */
const PATIENT_SECONDS = 4;
const COUNTING_SECONDS = 0.15;

/** Compares the models and node:net, step by step with more connections: all of them at a step, and then the next. */
export async function runComparison(
  { connections: steps, sizeBytes }: Required<CompareRequest>,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  const names = [...workingModels(tell), NODE_NET];
  const comparison = new Comparison(sizeBytes, tell, signal);
  try {
    let done = 0;
    for (const connections of steps) {
      for (const model of names) {
        tell({ type: "progress", model, connections, done: done++, total: steps.length * names.length });
        await comparison.measure(model, connections);
      }
    }
  } finally {
    await comparison.stop();
  }
}

/** The models that work here; of the others it is told why they do not. */
function workingModels(tell: Tell): string[] {
  return probeModels().flatMap(({ model, works, reason }) => {
    if (works) return model;
    tell({ type: "skipped", kind: "compare", model, reason });
    return [];
  });
}

/** A contest that begins with no server; each is started when it is first measured. */
class Comparison {
  private readonly tell: Tell;
  private readonly signal: AbortSignal;
  private readonly contest: EchoContest;
  private readonly servers = new Map<string, EchoServer>();

  constructor(sizeBytes: number, tell: Tell, signal: AbortSignal) {
    const { driver } = chooseDriver("auto");
    driver.close();
    this.tell = tell;
    this.signal = signal;
    const placement = choosePlacement();
    this.contest = new EchoContest({ size: sizeBytes, loadModel: driver.model, placement, signal });
  }

  /** Measures a server and tells its figures, or why there are none. */
  async measure(model: string, connections: number): Promise<void> {
    const bound = boundBelow(model, connections);
    if (bound !== null) {
      this.tell({ type: "bounded", model, connections, bound });
      return;
    }
    try {
      const sample = await this.sample(model, connections);
      this.tell({ type: "sample", model, connections, sample });
    } catch (error) {
      this.signal.throwIfAborted();
      // Its server is gone; the next step starts another.
      this.servers.delete(model);
      this.tell({ type: "failed", kind: "compare", message: (error as Error).message, model });
    }
  }

  stop(): Promise<void> {
    return this.contest.stop();
  }

  private async sample(model: string, connections: number): Promise<Sample> {
    const known = this.servers.get(model);
    const server = known ?? (await this.contest.enter(contenderNamed(model)));
    this.servers.set(model, server);
    return takeSample(server, connections, known ? WARM_UP_SECONDS : FIRST_WARM_UP_SECONDS);
  }
}

async function takeSample(server: EchoServer, connections: number, warmUpSeconds: number): Promise<Sample> {
  return server.turn(connections, async (run) => {
    await requireRight(run(warmUpSeconds));
    let round = await requireRight(run(MEASURING_SECONDS));
    if (round.load.requests === 0) round = await requireRight(run(PATIENT_SECONDS));
    if (round.load.requests === 0) throw new Error(`no reply came in ${PATIENT_SECONDS} s`);
    const systemCalls = await server.countSystemCalls(() => requireRight(run(COUNTING_SECONDS)));
    return toSample(round, systemCalls);
  });
}

async function requireRight(running: Promise<Round>): Promise<Round> {
  const round = await running;
  const { mismatches, requests, firstMismatch } = round.load;
  if (mismatches === 0) return round;
  throw new Error(`${mismatches} wrong among ${requests} replies; the first: ${firstMismatch}`);
}

function toSample(round: Round, systemCalls: SystemCalls): Sample {
  const { threads, peakRssBytes } = round.after;
  return {
    ...figuresOf(round),
    systemCallsPerRequest: systemCalls.perRequest,
    threads,
    peakRssMiB: peakRssBytes / 2 ** 20,
    ...(systemCalls.perRequest === null && { notMeasured: { systemCallsPerRequest: systemCalls.reason } }),
  };
}
