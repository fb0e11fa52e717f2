import type { Stretch, Timeline } from "../../phases/timeline.ts";
import { phasesOf } from "./phases.ts";

/** A part of time. Microseconds since the read was asked for. */
export type Span = Pick<Stretch, "fromUs" | "toUs">;

/** A part of time that is drawn over a part of the figure. */
export interface Window extends Span {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** Where a moment stands in a window. */
export function place({ fromUs, toUs, x, width }: Window, us: number): number {
  return x + ((us - fromUs) / (toUs - fromUs)) * width;
}

/**
 * The last part of a read: from the arrival until the program is told, with a little before and after it. Where a busy
 * machine drew that out, it is the time about the copy, so that the copy can be seen.
 */
export function endOf(timeline: Timeline): Span {
  const { arrivedUs, copyFromUs, copiedUs } = phasesOf(timeline);
  let fromUs = arrivedUs ?? copiedUs ?? timeline.toldUs;
  let toUs = timeline.toldUs;
  if (copyFromUs !== null && copiedUs !== null) {
    const copyUs = Math.max(copiedUs - copyFromUs, 5);
    fromUs = Math.max(fromUs, copiedUs - 10 * copyUs);
    toUs = Math.min(toUs, copiedUs + 5 * copyUs);
  }
  const margin = Math.max(toUs - fromUs, 10) * 0.12;
  return { fromUs: Math.max(0, fromUs - 2 * margin), toUs: toUs + margin };
}

/** Round values for the ticks of an axis, about so many. */
export function ticksBetween(fromUs: number, toUs: number, count: number): number[] {
  const rough = (toUs - fromUs) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough)! * power;
  const first = Math.ceil(fromUs / step);
  const last = Math.floor(toUs / step);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}
