import type { Timeline } from "../../phases/timeline.ts";
import { useFormats } from "../format.ts";
import { useWords } from "../words/index.ts";
import { describe } from "./describe.ts";
import { phasesOf } from "./phases.ts";
import { Freed } from "./timeline-card.tsx";
import { keyOf, titleOf } from "./titles.ts";

/** All models beside each other: what the thread does in each phase. */
export function Glance({ timelines }: { readonly timelines: readonly Timeline[] }) {
  const words = useWords();
  const formats = useFormats();
  return (
    <table class="glance">
      <thead>
        <tr>
          <th scope="col">{words.glance.model}</th>
          <th scope="col">
            <i class="swatch waiting" /> {words.waiting.name}
          </th>
          <th scope="col">
            <i class="swatch copying" /> {words.copying.name}
          </th>
        </tr>
      </thead>
      <tbody>
        {timelines.map((timeline) => {
          const phases = phasesOf(timeline);
          const said = describe(timeline, words, formats);
          const { title, form } = titleOf(timeline, words);
          return (
            <tr key={keyOf(timeline)} data-model={timeline.model} data-form={timeline.form}>
              <th scope="row">
                {title} <small>{form}</small>
              </th>
              <td>
                <Freed freedom={phases.waiting} />{" "}
                <span>{said.waitingTime ?? words.timelines.notMeasured}</span>{" "}
                {timeline.helperThread.length > 0 && <span>{words.glance.helper}</span>}
              </td>
              <td>
                <Freed freedom={phases.copying} />{" "}
                <span>{said.copyingTime ?? words.timelines.notMeasured}</span>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
