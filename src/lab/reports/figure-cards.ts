import { decimal } from "../../reporting/index.ts";
import { FIGURES, type FigureName } from "./figure-names.ts";
import type { Cell, FigureRow, FigureTable } from "./figure-table.ts";
import { html, type Markup } from "./markup.ts";
import type { Words } from "./words.ts";

/** A picture for each figure: a bar for each model, with what it was in the rounds. */
export function figureCards({ figures, rows }: FigureTable, words: Words): Markup {
  return html`<div class="cards">${figures.map((figure) => card(figure, rows, words))}</div>`;
}

/** All figures as one table. */
export function figureTableMarkup({ figures, rows }: FigureTable, words: Words): Markup {
  return html`<div class="wide"><table class="figures">
<thead><tr><th scope="col">${words.model}</th>${figures.map(
    (figure) => html`<th scope="col">${words.figures[figure]}</th>`,
  )}</tr></thead>
<tbody>${rows.map(
    ({ name, cells }) =>
      html`<tr><th scope="row">${name}</th>${figures.map((figure) => html`<td>${show(figure, cells)}</td>`)}</tr>
`,
  )}</tbody></table></div>`;
}

function card(figure: FigureName, rows: readonly FigureRow[], words: Words): Markup {
  const { better } = FIGURES[figure];
  const most = Math.max(...rows.map(({ cells }) => mostOf(cells[figure]!)), Number.MIN_VALUE);
  const hint = better === null ? "" : better === "more" ? words.moreIsBetter : words.lessIsBetter;
  return html`<section class="card"><h3>${words.figures[figure]} <small>${hint}</small></h3>
<table class="bars"><tbody>${rows.map(
    ({ name, cells }) =>
      html`<tr><th scope="row">${name}</th><td class="bar">${bar(cells[figure]!, most)}</td><td>${show(figure, cells)}</td></tr>
`,
  )}</tbody></table></section>`;
}

function bar({ value, rounds }: Cell, most: number): Markup {
  const width = (100 * (value ?? 0)) / most;
  const [least, greatest] = [Math.min(...rounds), Math.max(...rounds)].map((end) => (100 * end) / most);
  const range =
    rounds.length > 1
      ? html`<line class="range" x1="${least!.toFixed(2)}" x2="${greatest!.toFixed(2)}" y1="5" y2="5"/>`
      : "";
  return html`<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width="${width.toFixed(2)}" height="10"/>${range}</svg>`;
}

function mostOf({ value, rounds }: Cell): number {
  return Math.max(value ?? 0, ...rounds);
}

function show(figure: FigureName, cells: FigureRow["cells"]): string {
  return decimal(cells[figure]!.value, FIGURES[figure].digits);
}
