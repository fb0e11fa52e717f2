import { useFormats } from "../format.ts";
import { type Lab, useFirstRun } from "../lab.ts";
import type { KettleLine } from "../lab-state.ts";
import { Missing } from "../missing.tsx";
import { useWords } from "../words/index.ts";

/** The rows and columns of the table, as the lab numbers its kettles. */
const rows = [
  { name: "synchronous", kettles: [0, 1] },
  { name: "asynchronous", kettles: [2, 3] },
] as const;

/** Synchronous or asynchronous, blocking or not: four programs, and what each prints. */
export function KettlesPage({ lab }: { readonly lab: Lab }) {
  const words = useWords();
  useFirstRun(lab, "kettles", {});
  const { items, missing } = lab.state.kettles;
  return (
    <section id="kettles">
      <h2>{words.kettles.title}</h2>
      <p class="intro">{words.kettles.intro}</p>
      <div class="controls">
        <button type="button" class="primary" onClick={() => lab.start("kettles", {})}>
          {words.run.boil}
        </button>
      </div>
      <div class="kettles">
        {rows.map(({ name, kettles }) =>
          kettles.map((kettle, column) => (
            <Kettle
              key={kettle}
              kettle={kettle}
              kind={[words.kettles.rows[name], words.kettles.columns[column === 0 ? "blocking" : "free"]]}
              lines={items.filter((item) => item.kettle === kettle)}
            />
          )),
        )}
      </div>
      <Missing missing={missing} />
    </section>
  );
}

interface KettleProps {
  readonly kettle: number;
  /** Whether one asks or is told, and whether one does something else meanwhile. */
  readonly kind: readonly [string, string];
  readonly lines: readonly KettleLine[];
}

function Kettle({ kettle, kind, lines }: KettleProps) {
  const words = useWords();
  const { number } = useFormats();
  const name = words.kettles.names[kettle]!;
  return (
    <article class="card kettle" data-kettle={kettle}>
      <p class="kind">
        {kind.map((word) => (
          <span key={word}>{word}</span>
        ))}
      </p>
      <h3>{name}</h3>
      <p class="summary">{words.kettles.stories[kettle]}</p>
      <ol class="output" aria-label={words.kettles.output(name)}>
        {lines.map(({ line, atMs }) => (
          <li key={`${atMs} ${line}`}>
            <time>{number(atMs)} ms</time> {line}
          </li>
        ))}
      </ol>
    </article>
  );
}
