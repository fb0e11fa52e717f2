import type { Timeline } from "../../phases/timeline.ts";
import type { Words } from "../words/index.ts";

export type MomentName = keyof Words["moments"];

/** When something happened. Microseconds since the read was asked for. */
export interface Moment {
  readonly name: MomentName;
  readonly us: number;
}

/** The moments of a read that were measured, in the order in which they came. */
export function momentsOf({ sentUs, arrivedUs, readyToldUs, copiedUs, toldUs }: Timeline): Moment[] {
  const all: [MomentName, number | null][] = [
    ["sent", sentUs],
    ["arrived", arrivedUs],
    ["readyTold", readyToldUs],
    ["copied", copiedUs],
    ["told", toldUs],
  ];
  return all.flatMap(([name, us]) => (us === null ? [] : [{ name, us }])).sort((a, b) => a.us - b.us);
}
