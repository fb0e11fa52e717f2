import type { Stretch, Timeline, TracedCall } from "../../phases/timeline.ts";

/** Whether the thread that asked can do other things in a phase. */
export type Freedom = "free" | "asking" | "blocked";
/** Who copies the data into the program's memory. */
export type Copier = "loop" | "helper" | "library" | "kernel";

/** The two phases of one read, told from its time line. Microseconds since the read was asked for. */
export interface Phases {
  /** When the data was in the kernel; null is not measured. */
  readonly arrivedUs: number | null;
  /** When the copy began, as far as a traced call tells; else when the data had arrived. */
  readonly copyFromUs: number | null;
  readonly copiedUs: number | null;
  /** Whether the call that copied had waited, too: then the copy counts from the arrival, with the waking up. */
  readonly wasWoken: boolean;
  readonly waiting: Freedom;
  readonly copying: Freedom;
  readonly copier: Copier;
  /** The call in which a thread slept while waiting, and the one that copied; "" if none was traced. */
  readonly waitedIn: string;
  readonly copiedIn: string;
}

/** Reads the phases out of what was measured. */
export function phasesOf(timeline: Timeline): Phases {
  const { kind, arrivedUs, copiedUs, toldUs, calls } = timeline;
  const copyCall = calls.findLast(isCopy);
  const copier = copierOf(timeline, copyCall);
  const waitEndUs = arrivedUs ?? copiedUs ?? toldUs;
  // However late it came to its call on a machine that is busy.
  const sleeps = timeline.loopThread.some(({ state }) => state === "blocked");
  return {
    arrivedUs,
    copyFromUs: copyCall && arrivedUs !== null ? Math.max(arrivedUs, copyCall.fromUs) : arrivedUs,
    copiedUs,
    wasWoken: copyCall !== undefined && arrivedUs !== null && copyCall.fromUs < arrivedUs,
    waiting: sleeps ? "blocked" : kind === "non-blocking" ? "asking" : "free",
    copying: copier === "loop" ? "blocked" : "free",
    copier,
    waitedIn: longestCall(calls, sleeps ? "loop" : "helper", waitEndUs),
    copiedIn: copyCall?.name ?? "",
  };
}

/** Whether a call has brought the data. */
function isCopy({ name, outcome }: TracedCall): boolean {
  return /^(recv|read)/.test(name) && outcome === "bytes";
}

function copierOf({ model, helperThread }: Timeline, copyCall: TracedCall | undefined): Copier {
  if (copyCall) return copyCall.thread;
  if (model === "aio") return "library";
  return helperThread.length > 0 ? "helper" : "kernel";
}

/** The call in which a thread was longest before a moment. */
function longestCall(calls: readonly TracedCall[], thread: string, beforeUs: number): string {
  let longest = 0;
  let name = "";
  for (const call of calls) {
    const length = Math.min(call.toUs, beforeUs) - call.fromUs;
    if (call.thread === thread && length > longest) {
      longest = length;
      name = call.name;
    }
  }
  return name;
}

/** How much of a time a thread has spent in a state: 0 to 1. */
export function shareOf(
  stretches: readonly Stretch[],
  state: Stretch["state"],
  fromUs: number,
  toUs: number,
): number {
  let spent = 0;
  for (const stretch of stretches) {
    if (stretch.state === state) {
      spent += Math.max(0, Math.min(stretch.toUs, toUs) - Math.max(stretch.fromUs, fromUs));
    }
  }
  return toUs > fromUs ? spent / (toUs - fromUs) : 0;
}
