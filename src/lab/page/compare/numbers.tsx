import { useFormats } from "../format.ts";
import type { Measured } from "../lab-state.ts";
import { useWords } from "../words/index.ts";
import { chartNames, figures, type Percentile } from "./figures.ts";

interface NumbersProps {
  readonly items: readonly Measured[];
  readonly percentile: Percentile;
}

/** What the charts show, as a table. */
export function Numbers({ items, percentile }: NumbersProps) {
  const words = useWords();
  const { number } = useFormats();
  return (
    <details class="numbers">
      <summary>{words.compare.numbers}</summary>
      <div class="scroller">
        <table>
          <thead>
            <tr>
              <th scope="col">{words.glance.model}</th>
              <th scope="col">{words.compare.connections}</th>
              {chartNames.map((name) => (
                <th key={name} scope="col">
                  {words.compare.charts[name][0]}
                  <small>{words.compare.charts[name][1]}</small>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {items.map(({ model, connections, sample }) => (
              <tr key={`${model} ${connections}`}>
                <th scope="row">{model}</th>
                <td>{number(connections)}</td>
                {chartNames.map((name) => {
                  const value = figures[name](sample, percentile);
                  return <td key={name}>{value === null ? words.compare.notMeasured : number(value)}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
