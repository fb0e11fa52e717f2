import { useState } from "preact/hooks";
import type { Timeline } from "../../phases/timeline.ts";
import { Slider } from "../controls/slider.tsx";
import { useFormats } from "../format.ts";
import { type Lab, useFirstRun } from "../lab.ts";
import { Missing } from "../missing.tsx";
import { useWords } from "../words/index.ts";
import { Glance } from "./glance.tsx";
import { Legend } from "./legend.tsx";
import { Patterns } from "./patterns.tsx";
import { replayMs } from "./replay.ts";
import { TimelineCard } from "./timeline-card.tsx";
import { byTheBook, keyOf } from "./titles.ts";

const delaysMs = [1, 2, 5, 10, 20, 50, 100, 200];
const sizes = [1, 64, 1024, 4096, 16384, 60000];
const defaults = { delayMs: 20, sizeBytes: 1024 };

/** The five models side by side: one read on each, phase by phase. */
export function ModelsPage({ lab }: { readonly lab: Lab }) {
  const words = useWords();
  const { number } = useFormats();
  const [asked, setAsked] = useState<typeof defaults | null>(null);
  useFirstRun(lab, "phases", defaults);
  const [replays, setReplays] = useState(0);
  const { items, missing } = lab.state.phases;
  const timelines = [...items].sort(byTheBook);
  const spanUs = Math.max(0, ...timelines.map(({ toldUs }) => toldUs)) * 1.02;
  // Until the reader asks for something else, the figures tell how they were measured.
  const request = asked ?? items.at(-1) ?? defaults;
  const isStale = ({ delayMs, sizeBytes }: Timeline) =>
    delayMs !== request.delayMs || sizeBytes !== request.sizeBytes;

  const measure = (changed: Partial<typeof defaults>) => {
    const next = { delayMs: request.delayMs, sizeBytes: request.sizeBytes, ...changed };
    setAsked(next);
    lab.start("phases", next);
  };
  const replay = () => {
    setReplays(replays + 1);
    document.querySelector(".card")!.scrollIntoView({ block: "nearest" });
  };
  return (
    <section id="models">
      <Patterns />
      <h2>{words.glance.title}</h2>
      <p class="intro">{words.glance.intro}</p>
      <div class="controls">
        <Slider
          label={words.sliders.delay}
          stops={delaysMs}
          value={request.delayMs}
          show={(value) => `${number(value)} ms`}
          onChange={(delayMs) => measure({ delayMs })}
        />
        <Slider
          label={words.sliders.size}
          stops={sizes}
          value={request.sizeBytes}
          show={(value) => words.bytes(number(value))}
          onChange={(sizeBytes) => measure({ sizeBytes })}
        />
        <div class="buttons">
          <button type="button" class="primary" onClick={() => measure({})}>
            {words.run.measure}
          </button>
          <button type="button" disabled={timelines.length === 0} onClick={replay}>
            {words.run.replay}
          </button>
        </div>
        {replays > 0 && (
          <p class="hint">{words.timelines.slowed(number((replayMs.first * 1000) / spanUs))}</p>
        )}
      </div>
      {timelines.length === 0 ? (
        <p class="empty">{words.timelines.empty}</p>
      ) : (
        <Glance timelines={timelines} />
      )}
      <h2>{words.timelines.title}</h2>
      <p class="intro">
        {words.timelines.intro(`${number(request.delayMs)} ms`, words.bytes(number(request.sizeBytes)))}
      </p>
      <Legend />
      {timelines.map((timeline) => (
        <TimelineCard
          key={keyOf(timeline)}
          timeline={timeline}
          isStale={isStale(timeline)}
          spanUs={spanUs}
          replays={replays}
        />
      ))}
      <Missing missing={missing} />
    </section>
  );
}
