import { ChildProgram } from "./child-program.ts";
import type { Progress } from "./progress.ts";
import type { Contender, LoadResult, ModelResult, Placement, SystemCalls, Workload } from "./report.ts";
import { type Accounting, contextSwitchesBetween, readAccounting } from "./server-accounting.ts";
import { countSystemCalls } from "./system-calls.ts";

const loadGenerator = new URL("./load-generator.js", import.meta.url);

/** For V8 to compile what is hot, and for TCP's windows to open. */
const WARM_UP_SECONDS_MAX = 0.7;
const COUNTING_SECONDS_MAX = 0.5;

/** What is the same for every server. */
export interface Setting extends Workload {
  readonly loadModel: string;
  readonly placement: Placement | null;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Starts a server and a load generator, lets them work, and takes the figures. @throws why it did not work */
export async function measure(contender: Contender, setting: Setting): Promise<ModelResult> {
  const { loadModel, placement, connections, size, signal } = setting;
  const { name, program, args } = contender;
  const server = new ChildProgram(`the echo server on ${name}`, program, args, {
    cpu: placement?.serverCpu ?? null,
    signal,
  });
  try {
    const { port } = await server.receive("listening");
    const loadArgs = [loadModel, port, connections, size].map(String);
    const load = new ChildProgram("the load generator", loadGenerator, loadArgs, {
      cpu: placement?.loadCpu ?? null,
      signal,
    });
    try {
      await load.receive("connected");
      return await runPhases(name, server, load, setting);
    } finally {
      await load.stop();
    }
  } catch (error) {
    // If the server has died, that is the cause, and what the load generator noticed the consequence.
    throw (await server.stop()) ?? error;
  } finally {
    await server.stop();
  }
}

/** Between phases nothing is in flight, so the server's account at their ends covers exactly their requests. */
async function runPhases(
  name: string,
  server: ChildProgram,
  load: ChildProgram,
  { seconds, progress, signal }: Setting,
): Promise<ModelResult> {
  const run = async (seconds: number) =>
    (await load.ask({ type: "run", seconds }, "ran", seconds * 1000)).result;
  const warmUpSeconds = Math.min(WARM_UP_SECONDS_MAX, seconds);
  progress.step("warming up", warmUpSeconds);
  const warmUp = await run(warmUpSeconds);

  progress.step(`measuring for ${seconds} s`, seconds);
  const before = readAccounting(server.pid);
  const measured = await run(seconds);
  const after = readAccounting(server.pid);

  progress.step("counting system calls");
  const phases = [warmUp, measured];
  const systemCalls = await countDuring(server.pid, signal, async () => {
    const counted = await run(Math.min(COUNTING_SECONDS_MAX, seconds));
    phases.push(counted);
    return counted.requests;
  });

  progress.step("closing the connections");
  const { excessBytes } = await load.ask({ type: "finish" }, "finished");
  if (excessBytes > 0) throw new Error(`the server sent ${excessBytes} bytes after the last reply`);
  return {
    ...toResult(name, phases, measured, before, after),
    systemCalls,
    warnings: server.warnings,
  };
}

async function countDuring(
  serverPid: number,
  signal: AbortSignal,
  work: () => Promise<number>,
): Promise<SystemCalls> {
  const counter = await countSystemCalls(serverPid, signal);
  if (typeof counter === "string") return { perRequest: null, reason: counter };
  const requests = await work();
  const calls = await counter.stop();
  const { countedBy } = counter;
  if (Number.isNaN(calls)) return { perRequest: null, reason: `${countedBy} gave no count` };
  return { perRequest: calls / requests, countedBy };
}

function toResult(
  model: string,
  phases: readonly LoadResult[],
  measured: LoadResult,
  before: Accounting,
  after: Accounting,
): Omit<ModelResult, "systemCalls" | "warnings"> {
  const { requests, seconds, latencyP50Us, latencyP99Us } = measured;
  const sum = (of: (phase: LoadResult) => number) => phases.reduce((total, phase) => total + of(phase), 0);
  return {
    model,
    requests,
    seconds,
    requestsPerSecond: requests / seconds,
    latencyP50Us,
    latencyP99Us,
    cpuUsPerRequest: (after.cpuNs - before.cpuNs) / 1000 / requests,
    cpuRatioToNodeNet: null,
    contextSwitchesPer1000Requests: (contextSwitchesBetween(before, after) / requests) * 1000,
    threads: Math.max(before.threads, after.threads),
    peakRssBytes: after.peakRssBytes,
    checked: {
      requests: sum((phase) => phase.requests),
      bytes: sum((phase) => phase.bytes),
      mismatches: sum((phase) => phase.mismatches),
      firstMismatch: phases.find((phase) => phase.firstMismatch)?.firstMismatch ?? null,
    },
  };
}
