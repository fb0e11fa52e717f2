import type { ThreadState, Timeline } from "../../phases/timeline.ts";
import { useWords } from "../words/index.ts";
import { barsOf } from "./bars.ts";
import { Inscription } from "./inscription.tsx";
import { BAND, STRIP, topOf } from "./layout.ts";
import { phasesOf, shareOf } from "./phases.ts";
import type { Window } from "./windows.ts";

interface ThreadLaneProps {
  readonly timeline: Timeline;
  readonly window: Window;
  readonly thread: "loop" | "helper";
  /** Whether the window is wide enough in time for words about most of it. */
  readonly isInscribed: boolean;
}

const states: ThreadState[] = ["working", "blocked", "calling"];

/** What a thread does, and below it the system calls that it makes. */
export function ThreadLane({ timeline, window, thread, isInscribed }: ThreadLaneProps) {
  const words = useWords();
  const stretches = thread === "loop" ? timeline.loopThread : timeline.helperThread;
  const calls = timeline.calls.filter((call) => call.thread === thread);
  const span = { fromUs: 0, toUs: timeline.toldUs };
  const isAsking = thread === "loop" && phasesOf(timeline).waiting === "asking";
  const main = states.find((state) => shareOf(stretches, state, span.fromUs, span.toUs) > 0.3);
  return (
    <g transform={`translate(0 ${topOf(timeline, thread)})`}>
      {states.map((state) => {
        const spans = stretches.filter((stretch) => stretch.state === state);
        return <path key={state} class={state} d={barsOf(window, spans, BAND, 0)} />;
      })}
      <path class="call" transform={`translate(0 ${BAND + 1})`} d={barsOf(window, calls, STRIP - 2, 1)} />
      {main && isInscribed && (
        <Inscription window={window} span={span} text={isAsking ? words.glance.asking : words.legend[main]} />
      )}
    </g>
  );
}
