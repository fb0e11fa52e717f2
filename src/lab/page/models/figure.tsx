import type { Timeline } from "../../phases/timeline.ts";
import { useFormats } from "../format.ts";
import { useWords } from "../words/index.ts";
import { Axis } from "./axis.tsx";
import { DataLane } from "./data-lane.tsx";
import { Flags } from "./flags.tsx";
import { BAND, type Layout, lanesOf, topOf } from "./layout.ts";
import { Lens } from "./lens.tsx";
import { momentsOf } from "./moments.ts";
import { ThreadLane } from "./thread-lane.tsx";
import { Veil } from "./veil.tsx";
import type { Window } from "./windows.ts";

interface FigureProps {
  readonly timeline: Timeline;
  readonly layout: Layout;
  /** What the figure shows, in words. */
  readonly label: string;
  /** How often it was asked to be replayed. */
  readonly replays: number;
}

/** One read as lanes over time: the whole, and its end magnified. */
export function Figure({ timeline, layout, label, replays }: FigureProps) {
  const words = useWords();
  const { number } = useFormats();
  const { width, height, whole, end, windowHeight } = layout;
  const { arrivedUs, toldUs } = timeline;
  const factor = (whole.toUs / whole.width) * (end.width / (end.toUs - end.fromUs));
  const moments = momentsOf(timeline);
  return (
    <svg class="figure" width={width} height={height} role="img" aria-label={label}>
      <Lens layout={layout} />
      {[whole, end].map((window) => (
        <g key={window === whole ? "whole" : "end"} transform={`translate(0 ${window.y})`}>
          <Labels timeline={timeline} isShown={window === whole || layout.isStacked} />
          <Lanes timeline={timeline} window={window} isEnd={window === end} />
          <Axis
            window={window}
            originUs={window === whole ? 0 : (arrivedUs ?? toldUs)}
            height={windowHeight}
            caption={
              window === whole ? words.timelines.sinceAsked : words.timelines.magnified(number(factor))
            }
          />
          <Flags
            moments={moments.filter(({ us }) => window === end || us < end.fromUs || us > end.toUs)}
            window={window}
            height={windowHeight}
          />
          <Veil
            window={window}
            height={windowHeight}
            replays={replays}
            turn={window === whole ? "first" : "second"}
          />
        </g>
      ))}
    </svg>
  );
}

function Labels({ timeline, isShown }: { readonly timeline: Timeline; readonly isShown: boolean }) {
  const words = useWords();
  if (!isShown) return null;
  return lanesOf(timeline).map((lane) => (
    <text key={lane} class="lane-label" x={0} y={topOf(timeline, lane) + BAND * 0.7}>
      {words.timelines[lane]}
    </text>
  ));
}

interface LanesProps {
  readonly timeline: Timeline;
  readonly window: Window;
  readonly isEnd: boolean;
}

function Lanes({ timeline, window, isEnd }: LanesProps) {
  return lanesOf(timeline).map((lane) =>
    lane === "data" ? (
      <DataLane key={lane} timeline={timeline} window={window} isEnd={isEnd} />
    ) : (
      <ThreadLane key={lane} timeline={timeline} window={window} thread={lane} isInscribed={!isEnd} />
    ),
  );
}
