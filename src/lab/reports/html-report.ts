import { decimal } from "../../reporting/index.ts";
import { everyByteWasRight } from "../file-report.ts";
import type { Timeline } from "../phases/timeline.ts";
import { everyByteCameBack } from "../report.ts";
import { figureCards, figureTableMarkup } from "./figure-cards.ts";
import { type FigureTable, figureTable, phasesTable } from "./figure-table.ts";
import { type Findings, isOfEchoes, isOfFiles, timelinesOf } from "./findings.ts";
import { type Language, words as wordsOf } from "./language.ts";
import { html, jsonScript, Markup } from "./markup.ts";
import { phasesSection } from "./phases-section.ts";
import { STYLE } from "./style.ts";
import type { Words } from "./words.ts";

/** The `id` of the element that carries the findings. */
export const FINDINGS_ID = "findings";

/** A report as one HTML file that needs nothing else: no script is run, and nothing is loaded. */
export function toHtml(findings: Findings, language: Language): string {
  const words = wordsOf[language];
  const timelines = timelinesOf(findings);
  return html`<!doctype html>
<html lang="${words.htmlLanguage}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${words.title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header><h1>${words.title}</h1>${facts(findings, words)}</header>
<main>
${isOfEchoes(findings) || isOfFiles(findings) ? comparison(findings, words) : ""}
${timelines.length > 0 ? phasesSection(timelines, words) : ""}
${timelines.length > 0 ? allFigures(figureTableMarkup(namedPhases(timelines, words), words), words) : ""}
${notes(findings, words)}
</main>
<footer><p>${words.rawNumbers}</p></footer>
${jsonScript(FINDINGS_ID, findings)}
</body>
</html>
`.text;
}

function comparison(findings: Parameters<typeof figureTable>[0], words: Words): Markup {
  const isEchoes = isOfEchoes(findings);
  const table = figureTable(findings);
  return html`<section><h2>${isEchoes ? words.echoes : words.files}</h2>
<p>${isEchoes ? words.echoesExplained : ""}</p>
${figureCards(table, words)}
${allFigures(figureTableMarkup(table, words), words)}</section>`;
}

function namedPhases(timelines: readonly Timeline[], words: Words): FigureTable {
  return phasesTable(timelines, ({ model, form }) => `${model}${words.comma}${words.forms[form]}`);
}

function allFigures(table: Markup, words: Words): Markup {
  return html`<h3>${words.allFigures}</h3>${table}`;
}

function facts(findings: Findings, words: Words): Markup {
  const { machine, kernel, node, pentio, measuredAt } = findings;
  const memory = `${decimal(machine.memoryBytes / 2 ** 30, 1)} GiB`;
  const rows: [name: string, text: string][] = [
    [words.measuredAt, measuredAt],
    [
      words.machine,
      [machine.cpu, `${machine.cpus} ${words.cpus}`, `${words.memory} ${memory}`].join(words.comma),
    ],
    [words.versions, [`Pentio ${pentio}`, `Node ${node}`, kernel].join(words.comma)],
    [words.workload, workload(findings, words)],
  ];
  if ("auto" in findings) {
    rows.push([words.defaultModel, said(words, findings.auto.model, words.reason(findings.auto.reason))]);
  }
  return html`<dl class="facts">${rows.map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>`)}</dl>`;
}

function workload(findings: Findings, words: Words): string {
  if (isOfEchoes(findings)) {
    const { connections, size, seconds } = findings.options;
    return words.echoWorkload(connections, size, seconds, findings.loadModel);
  }
  if (isOfFiles(findings)) {
    const { inFlight, size, seconds } = findings.options;
    return words.fileWorkload(inFlight, size, seconds);
  }
  const { delayMs, sizeBytes } = findings.options;
  return words.phasesWorkload(delayMs, sizeBytes);
}

function said(words: Words, ...parts: readonly string[]): string {
  return parts.join(words.colon);
}

/** What was left out or went wrong, and whether every byte was right. */
function notes(findings: Findings, words: Words): Markup {
  const line = (model: string, what: string, reason: string) =>
    said(words, model, what, words.reason(reason));
  const lines = findings.skipped.map(({ model, reason }) => line(model, words.skipped, reason));
  lines.push(...findings.failed.map(({ model, reason }) => line(model, words.failed, reason)));
  if (isOfEchoes(findings)) {
    for (const { model, warnings } of findings.results) {
      for (const warning of warnings) lines.push(line(model, words.warned, warning));
    }
    lines.push(everyByteCameBack(findings) ? words.everyByteWasRight : words.notEveryByteWasRight);
  } else if (isOfFiles(findings)) {
    lines.push(everyByteWasRight(findings) ? words.everyByteWasRight : words.notEveryByteWasRight);
  }
  return html`<ul class="notes">${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}
