import type { Timeline } from "../../phases/timeline.ts";
import { useFormats } from "../format.ts";
import { useWords, type Words } from "../words/index.ts";
import { phasesOf } from "./phases.ts";

/** What else was counted, and what could not be measured and why. */
export function Notes({ timeline }: { readonly timeline: Timeline }) {
  const words = useWords();
  const { number } = useFormats();
  return (
    <ul class="notes">
      {timeline.otherWork > 0 && <li>{words.timelines.otherWork(number(timeline.otherWork))}</li>}
      {unmeasuredIn(timeline, words).map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}

/** Why moments are missing. That nothing tells of readiness is the model's way, and no lack of the measurement. */
function unmeasuredIn(timeline: Timeline, words: Words): string[] {
  const { copier } = phasesOf(timeline);
  if (copier === "library" || copier === "kernel") return [words.copying.unmeasured[copier]];
  return Object.entries(timeline.notMeasured)
    .filter(([name]) => name !== "readyToldUs")
    .map(([, reason]) => words.timelines.notMeasured + words.colon + words.reason(reason));
}
