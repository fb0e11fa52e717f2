import { copyingCall } from "../phases/index.ts";
import type { Timeline } from "../phases/timeline.ts";

/** A part of a time line, from one moment to another. */
export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

/**
 * When the data was copied: in the call that did it, from the arrival on, if that call has waited for it, too.
 *
 * @returns null if it was not measured apart
 */
export function copyingSpan(timeline: Timeline): Span | null {
  const call = copyingCall(timeline);
  if (!call || timeline.arrivedUs === null) return null;
  return { fromUs: Math.max(call.fromUs, timeline.arrivedUs), toUs: call.toUs };
}
