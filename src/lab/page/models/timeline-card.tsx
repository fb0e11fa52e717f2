import type { Timeline } from "../../phases/timeline.ts";
import { useFormats } from "../format.ts";
import { useWidth } from "../use-width.ts";
import { useWords } from "../words/index.ts";
import { Calls } from "./calls.tsx";
import { describe } from "./describe.ts";
import { Figure } from "./figure.tsx";
import { layOut } from "./layout.ts";
import { Notes } from "./notes.tsx";
import { type Freedom, phasesOf } from "./phases.ts";
import { titleOf } from "./titles.ts";

interface CardProps {
  readonly timeline: Timeline;
  /** Whether it was measured otherwise than the sliders say. */
  readonly isStale: boolean;
  /** The end of the axis that all figures share. */
  readonly spanUs: number;
  readonly replays: number;
}

/** One model: its figure, and both phases in words. */
export function TimelineCard({ timeline, isStale, spanUs, replays }: CardProps) {
  const words = useWords();
  const formats = useFormats();
  const [box, , width] = useWidth<HTMLDivElement>();
  const { numeral, title, form, summary } = titleOf(timeline, words);
  const name = `${title}${words.comma}${form}`;
  const said = describe(timeline, words, formats);
  const phases = phasesOf(timeline);
  const label = words.timelines.figure(name, said.waiting, said.copying);
  const layout = layOut(timeline, spanUs, width);
  return (
    <article class={isStale ? "card stale" : "card"} data-model={timeline.model} data-form={timeline.form}>
      <h3>
        <span class="numeral">{numeral}</span>
        {title}
        <small>{form}</small>
        <code>{timeline.model}</code>
      </h3>
      <p class="summary">{summary}</p>
      <div class="plot" ref={box}>
        {width > 0 && (
          <>
            <Figure timeline={timeline} layout={layout} label={label} replays={replays} />
            <Calls timeline={timeline} layout={layout} title={name} />
          </>
        )}
      </div>
      <dl class="phases">
        <Phase name="waiting" time={said.waitingTime} text={said.waiting} freedom={phases.waiting} />
        <Phase name="copying" time={said.copyingTime} text={said.copying} freedom={phases.copying} />
      </dl>
      <Notes timeline={timeline} />
    </article>
  );
}

interface PhaseProps {
  readonly name: "waiting" | "copying";
  readonly time: string | null;
  readonly text: string;
  readonly freedom: Freedom;
}

function Phase({ name, time, text, freedom }: PhaseProps) {
  const words = useWords();
  return (
    <div class={`phase ${name}`} data-phase={name}>
      <dt>
        <i class={`swatch ${name}`} />
        {words[name].name} <b>{time ?? words.timelines.notMeasured}</b>
        <Freed freedom={freedom} />
      </dt>
      <dd>{text}</dd>
    </div>
  );
}

/** Whether the thread that asked is free, as a word with a sign. */
export function Freed({ freedom }: { readonly freedom: Freedom }) {
  const words = useWords();
  return <span class={`freed ${freedom}`}>{words.glance[freedom]}</span>;
}
