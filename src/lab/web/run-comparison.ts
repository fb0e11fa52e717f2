import { chooseDriver, models, probeModels } from "../../drivers/index.ts";
import { whyNotMeasured } from "../bounds.ts";
import { contenderNamed, NODE_NET } from "../contenders.ts";
import { EchoContest, type EchoServer, type Round } from "../echo-contest.ts";
import { figuresOf } from "../figures.ts";
import { choosePlacement } from "../machine.ts";
import type { SystemCalls } from "../report.ts";
import type { CompareRequest, Sample } from "./protocol.ts";
import type { Happening } from "./runs.ts";

/** So that five steps of all models take about a minute, and the first sample a second. */
const FIRST_WARM_UP_SECONDS = 0.3;
const WARM_UP_SECONDS = 0.1;
const MEASURING_SECONDS = 0.5;
const COUNTING_SECONDS = 0.2;

/** Compares the models and node:net, step by step with more connections: all of them at a step, and then the next. */
export async function runComparison(
  { connections: steps, sizeBytes }: Required<CompareRequest>,
  tell: (happening: Happening) => void,
  signal: AbortSignal,
): Promise<void> {
  const { driver } = chooseDriver("auto");
  driver.close();
  const contest = new EchoContest({
    size: sizeBytes,
    loadModel: driver.model,
    placement: choosePlacement(),
    signal,
  });
  const servers = new Map<string, EchoServer>();
  const names = new Set<string>([...models, NODE_NET]);
  for (const probe of probeModels()) {
    if (probe.works) continue;
    names.delete(probe.model);
    tell({ type: "skipped", model: probe.model, connections: null, reason: probe.reason });
  }
  const measureOne = async (model: string, connections: number) => {
    const reason = whyNotMeasured(model, connections);
    if (reason !== null) {
      tell({ type: "skipped", model, connections, reason });
      return;
    }
    const known = servers.get(model);
    const server = known ?? (await contest.enter(contenderNamed(model)));
    servers.set(model, server);
    const warmUpSeconds = known ? WARM_UP_SECONDS : FIRST_WARM_UP_SECONDS;
    tell({
      type: "sample",
      model,
      connections,
      sample: await takeSample(server, connections, warmUpSeconds),
    });
  };
  try {
    let done = 0;
    for (const connections of steps) {
      for (const model of names) {
        const text = `${model}, ${connections}`;
        tell({ type: "progress", text, done: done++, total: steps.length * names.size });
        try {
          await measureOne(model, connections);
        } catch (error) {
          signal.throwIfAborted();
          // Its server is gone; the next step starts another.
          servers.delete(model);
          tell({ type: "failed", kind: "compare", message: (error as Error).message, model });
        }
      }
    }
  } finally {
    await contest.stop();
  }
}

async function takeSample(server: EchoServer, connections: number, warmUpSeconds: number): Promise<Sample> {
  return server.turn(connections, async (run) => {
    await requireRight(run(warmUpSeconds));
    const round = await requireRight(run(MEASURING_SECONDS));
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
