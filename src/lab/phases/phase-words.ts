/** The phases of a time line in words, as `pentio lab --phases` prints them. */
import { count, decimal } from "../../reporting/index.ts";
import type { Form, Stretch, Timeline, TracedCall } from "./timeline.ts";

const FORMS: Readonly<Record<Form, string>> = { plain: "plain calls", driver: "Pentio's loop" };

/** What the time line is called. */
export function nameOf({ model, form }: Timeline): string {
  return `${model} (${FORMS[form]})`;
}

/** A time for people: microseconds below one millisecond, else milliseconds. */
export function formatUs(us: number): string {
  return us < 1000 ? `${decimal(us, us < 100 ? 1 : 0)} µs` : `${decimal(us / 1000, 1)} ms`;
}

/** How long nothing was there, and what the threads did meanwhile. */
export function describeWaiting(timeline: Timeline): string {
  const { arrivedUs, notMeasured } = timeline;
  const howLong = arrivedUs === null ? `not measured: ${notMeasured.arrivedUs}` : formatUs(arrivedUs);
  return `${howLong}, ${describeThreads(timeline)}`;
}

/** How long the copy took, in which call, and who made it. */
export function describeCopying(timeline: Timeline): string {
  const { arrivedUs, helperThread, loopThread, notMeasured } = timeline;
  const call = copyingCall(timeline);
  if (!call) return `not measured apart: ${notMeasured.copiedUs}`;
  const isLoops = call.thread === "loop";
  const where = `in ${call.name}, by the ${isLoops ? "calling" : "helper"} thread`;
  if (!blockedIn(isLoops ? loopThread : helperThread, [call])) {
    return `${formatUs(call.toUs - call.fromUs)}, ${where}`;
  }
  // A call that has waited as well has no moment of its own at which the copying began.
  if (arrivedUs === null) return `not measured apart from the waiting, ${where}`;
  return `${formatUs(call.toUs - arrivedUs)} with waking up, ${where}`;
}

/** The call that brought the data, where that is known. */
export function copyingCall({ calls, copiedUs }: Timeline): TracedCall | undefined {
  return calls.find(({ toUs }) => toUs === copiedUs);
}

/** When the program knew, counted from the arrival. */
export function describeTelling({ arrivedUs, readyToldUs, toldUs }: Timeline): string {
  if (arrivedUs === null) return `${formatUs(toldUs)} after it was asked for`;
  const told = `${formatUs(toldUs - arrivedUs)} after the arrival`;
  return readyToldUs === null ? told : `${told}; of readiness, ${formatUs(readyToldUs - arrivedUs)} after it`;
}

function describeThreads({ loopThread, helperThread, calls, otherWork, retries }: Timeline): string {
  const waitingCall = blockedIn(loopThread, calls);
  if (waitingCall) return `the calling thread is blocked in ${waitingCall.name}`;
  const said = [`the thread is free, works on (${count(otherWork, "unit")})`];
  if (retries > 0) said.push(`tried in vain ${count(retries, "time")}`);
  const helpersCall = blockedIn(helperThread, calls);
  if (helpersCall) said.push(`a helper thread is blocked in ${helpersCall.name}`);
  return said.join("; ");
}

/** The call among these in which a thread was blocked. @param stretches the thread's */
export function blockedIn(
  stretches: readonly Stretch[],
  calls: readonly TracedCall[],
): TracedCall | undefined {
  const blocked = stretches.find(({ state }) => state === "blocked");
  return blocked && calls.find(({ fromUs, toUs }) => fromUs === blocked.fromUs && toUs === blocked.toUs);
}
