import { useState } from "preact/hooks";
import { Slider } from "../controls/slider.tsx";
import { useFormats } from "../format.ts";
import type { Lab } from "../lab.ts";
import { Missing } from "../missing.tsx";
import { useWords } from "../words/index.ts";
import { Charts } from "./charts.tsx";
import type { Percentile } from "./figures.ts";
import { Key } from "./key.tsx";
import { Numbers } from "./numbers.tsx";
import { servers } from "./servers.ts";

const steps = [1, 10, 100, 1000, 10_000];
const sizes = [1, 64, 1024, 4096, 16384, 65536];

interface ComparePageProps {
  readonly lab: Lab;
  readonly theme: string;
}

/** What each model costs as connections become more, node:net among them. */
export function ComparePage({ lab, theme }: ComparePageProps) {
  const words = useWords();
  const { number } = useFormats();
  const [most, setMost] = useState(10_000);
  const [sizeBytes, setSize] = useState(64);
  const [percentile, setPercentile] = useState<Percentile>("p50");
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const { items, missing } = lab.state.compare;
  const start = (most: number, sizeBytes: number) => {
    setMost(most);
    setSize(sizeBytes);
    lab.start("compare", { connections: steps.filter((step) => step <= most), sizeBytes });
  };
  return (
    <section id="compare">
      <h2>{words.compare.title}</h2>
      <p class="intro">{words.compare.intro}</p>
      <div class="controls">
        <Slider
          label={words.sliders.connections}
          stops={steps}
          value={most}
          show={number}
          onChange={(most) => start(most, sizeBytes)}
        />
        <Slider
          label={words.sliders.size}
          stops={sizes}
          value={sizeBytes}
          show={(value) => words.bytes(number(value))}
          onChange={(sizeBytes) => start(most, sizeBytes)}
        />
        <div class="buttons">
          <button type="button" class="primary" onClick={() => start(most, sizeBytes)}>
            {items.length > 0 ? words.run.measure : words.compare.start}
          </button>
        </div>
      </div>
      {items.length === 0 ? (
        <p class="empty">{words.compare.empty}</p>
      ) : (
        <>
          <Key servers={servers} hidden={hidden} onToggle={(name) => setHidden(toggled(hidden, name))} />
          <Charts
            items={items}
            theme={theme}
            most={most}
            percentile={percentile}
            hidden={hidden}
            onPercentile={setPercentile}
          />
          <Numbers items={items} percentile={percentile} />
        </>
      )}
      <Missing missing={missing} />
    </section>
  );
}

function toggled(names: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const changed = new Set(names);
  if (!changed.delete(name)) changed.add(name);
  return changed;
}
