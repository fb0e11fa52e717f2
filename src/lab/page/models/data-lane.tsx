import type { Timeline } from "../../phases/timeline.ts";
import { useWords } from "../words/index.ts";
import { barsOf } from "./bars.ts";
import { Inscription } from "./inscription.tsx";
import { BAND, topOf } from "./layout.ts";
import { phasesOf } from "./phases.ts";
import type { Window } from "./windows.ts";

interface DataLaneProps {
  readonly timeline: Timeline;
  readonly window: Window;
  /** Whether it is the end of the read, where the copy can be seen. */
  readonly isEnd: boolean;
}

/** What happens to the data: it is waited for, it lies in the kernel, it is copied. */
export function DataLane({ timeline, window, isEnd }: DataLaneProps) {
  const words = useWords();
  const { arrivedUs, copyFromUs, copiedUs } = phasesOf(timeline);
  const waiting = { fromUs: 0, toUs: arrivedUs ?? copiedUs ?? timeline.toldUs };
  const ready = arrivedUs !== null && copyFromUs !== null ? [{ fromUs: arrivedUs, toUs: copyFromUs }] : [];
  // Where the copy itself was not measured, it was made at some time until the program was told.
  const copying = copyFromUs === null ? null : { fromUs: copyFromUs, toUs: copiedUs ?? timeline.toldUs };
  const said = (phase: string, isMeasured: boolean) =>
    isMeasured ? phase : `${phase}${words.colon}${words.timelines.notMeasured}`;
  return (
    <g transform={`translate(0 ${topOf(timeline, "data")})`}>
      <path
        class={arrivedUs === null ? "waiting unmeasured" : "waiting"}
        d={barsOf(window, [waiting], BAND, 0)}
      />
      <path class="ready" d={barsOf(window, ready, BAND, 0)} />
      {copying && (
        <path
          class={copiedUs === null ? "copying unmeasured" : "copying"}
          d={barsOf(window, [copying], BAND, isEnd ? 2 : 1)}
        />
      )}
      {!isEnd && (
        <Inscription window={window} span={waiting} text={said(words.legend.waiting, arrivedUs !== null)} />
      )}
      {isEnd && copying && (
        <Inscription window={window} span={copying} text={said(words.legend.copying, copiedUs !== null)} />
      )}
    </g>
  );
}
