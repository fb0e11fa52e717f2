import type { Timeline } from "../../phases/timeline.ts";
import type { Formats } from "../format.ts";
import type { Words } from "../words/index.ts";
import { type Phases, phasesOf, shareOf } from "./phases.ts";

/** The two phases of a read in words: how long each took, and what the thread did in it. */
export interface Description {
  /** Null: not measured. */
  readonly waitingTime: string | null;
  readonly waiting: string;
  readonly copyingTime: string | null;
  readonly copying: string;
}

/** Says in words what {@link phasesOf} reads out of a time line. */
export function describe(timeline: Timeline, words: Words, { number, time }: Formats): Description {
  const phases = phasesOf(timeline);
  const { arrivedUs, copyFromUs, copiedUs } = phases;
  const lay =
    arrivedUs !== null && copyFromUs !== null && copyFromUs > arrivedUs ? copyFromUs - arrivedUs : 0;
  return {
    waitingTime: arrivedUs === null ? null : time(arrivedUs),
    waiting: describeWaiting(timeline, phases, words, number),
    copyingTime: copyFromUs === null || copiedUs === null ? null : time(copiedUs - copyFromUs),
    copying: [
      describeCopying(phases, words),
      phases.wasWoken ? words.copying.woken : "",
      lay > 0 ? words.copying.lay(time(lay)) : "",
    ].join(words.space),
  };
}

function describeWaiting(
  timeline: Timeline,
  { waiting, waitedIn, copier }: Phases,
  words: Words,
  number: Formats["number"],
): string {
  const { waiting: say } = words;
  if (waiting === "blocked") return say.blocked(waitedIn);
  if (waiting === "asking") {
    const works = shareOf(timeline.loopThread, "working", 0, timeline.toldUs) > 0.1;
    return (works ? say.asking : say.onlyAsking)(number(timeline.retries));
  }
  if (copier === "library" || copier === "kernel") return say[copier];
  return timeline.helperThread.length > 0 ? say.helped(waitedIn) : say.free;
}

function describeCopying({ copier, copiedIn }: Phases, { copying: say }: Words): string {
  if (copier === "library" || copier === "kernel") return say[copier];
  return say[copier](copiedIn);
}
