import type { Timeline } from "../../phases/timeline.ts";
import { endOf, type Window } from "./windows.ts";

/** Where everything stands in a figure, in CSS pixels. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The whole read, on the axis that all figures share. */
  readonly whole: Window;
  /** Its end, magnified: beside the whole, or below it where there is no room. */
  readonly end: Window;
  readonly isStacked: boolean;
  /** The height of one window, flags and axis included. */
  readonly windowHeight: number;
}

/** The heights of a window's parts, in CSS pixels: the flags above the lanes. */
export const FLAGS = 20;
/** What a thread does, or what happens to the data. */
export const BAND = 20;
/** The system calls below it. */
export const STRIP = 9;
const LANE = BAND + STRIP + 5;
/** Ticks, their numbers, and a caption. */
export const AXIS = 36;
const LENS = 28;

/**
 * @param spanUs the end of the axis that all figures share
 * @param width of the figure
 */
export function layOut(timeline: Timeline, spanUs: number, width: number): Layout {
  const isStacked = width < 640;
  const labels = isStacked ? 74 : 96;
  const room = width - labels - 4;
  const wholeWidth = isStacked ? room : Math.round((room - LENS) * 0.62);
  const windowHeight = FLAGS + lanesOf(timeline).length * LANE + AXIS;
  const end = endOf(timeline);
  return {
    width,
    height: isStacked ? 2 * windowHeight + LENS : windowHeight,
    whole: { fromUs: 0, toUs: spanUs, x: labels, y: 0, width: wholeWidth },
    end: isStacked
      ? { ...end, x: labels, y: windowHeight + LENS, width: room }
      : { ...end, x: labels + wholeWidth + LENS, y: 0, width: room - LENS - wholeWidth },
    isStacked,
    windowHeight,
  };
}

export type LaneName = "loop" | "helper" | "data";

/** The lanes of a figure, from top to bottom. */
export function lanesOf({ helperThread }: Timeline): LaneName[] {
  return helperThread.length > 0 ? ["loop", "helper", "data"] : ["loop", "data"];
}

/** The upper edge of a lane within a window. */
export function topOf(timeline: Timeline, lane: LaneName): number {
  return FLAGS + lanesOf(timeline).indexOf(lane) * LANE;
}
