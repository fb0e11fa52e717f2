/** What the lab found in other forms: one HTML file, comma-separated values, two reports compared. */
export { compareCommand } from "./compare-command.ts";
export { toCsv } from "./csv.ts";
export { figureTable } from "./figure-table.ts";
export type { Findings, Subject } from "./findings.ts";
export { toHtml } from "./html-report.ts";
export { LANGUAGES, type Language, usualLanguage } from "./language.ts";
