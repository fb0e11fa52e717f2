import { useMemo } from "preact/hooks";
import { Choice } from "../controls/choice.tsx";
import { useFormats } from "../format.ts";
import type { Measured } from "../lab-state.ts";
import { useWords, type Words } from "../words/index.ts";
import { Chart } from "./chart.tsx";
import {
  type ChartName,
  chartNames,
  figures,
  type Percentile,
  percentiles,
  reasonsMissing,
  stepsOf,
  valuesOf,
} from "./figures.ts";
import { servers } from "./servers.ts";

interface ChartsProps {
  readonly items: readonly Measured[];
  readonly theme: string;
  readonly most: number;
  readonly percentile: Percentile;
  readonly hidden: ReadonlySet<string>;
  readonly onPercentile: (percentile: Percentile) => void;
}

/** Why a chart lacks values. */
function noteOn(items: readonly Measured[], chart: ChartName, { compare, colon, semicolon, reason }: Words) {
  const reasons = reasonsMissing(items, chart).map(reason);
  return reasons.length > 0 ? compare.notMeasured + colon + reasons.join(semicolon) : null;
}

/** A chart for each figure; the latency can be that of any percentile. */
export function Charts({ items, theme, most, percentile, hidden, onPercentile }: ChartsProps) {
  const words = useWords();
  const { number } = useFormats();
  const shown = servers.filter(({ name }) => !hidden.has(name));
  const measured = useMemo(() => stepsOf(items), [items]);
  return (
    <div class="charts">
      {chartNames.map((chart) => {
        const [title, unit] = words.compare.charts[chart];
        return (
          <Chart
            key={chart}
            title={title}
            unit={unit}
            connections={words.compare.connections}
            steps={measured}
            most={Math.max(most, ...measured)}
            servers={shown}
            rows={shown.map(({ name }) =>
              valuesOf(items, name, measured, (sample) => figures[chart](sample, percentile)),
            )}
            theme={theme}
            show={number}
            note={noteOn(items, chart, words)}
          >
            {chart === "latency" && (
              <Choice
                label={words.compare.percentile}
                choices={percentiles}
                value={percentile}
                show={(name) => words.compare.percentiles[name]}
                onChange={onPercentile}
              />
            )}
          </Chart>
        );
      })}
    </div>
  );
}
