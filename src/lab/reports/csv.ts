import type { FigureTable } from "./figure-table.ts";

/**
 * Figures as comma-separated values, RFC 4180: a line for each model, or one for its medians (`median`) and one for each
 * round. What was not measured is empty.
 */
export function toCsv({ figures, rows }: FigureTable): string {
  const lines = [["model", "round", ...figures]];
  for (const { name, cells } of rows) {
    const all = figures.map((figure) => cells[figure]!);
    const rounds = Math.max(...all.map(({ rounds }) => rounds.length));
    lines.push([name, rounds > 0 ? "median" : "", ...all.map(({ value }) => field(value))]);
    for (let round = 0; round < rounds; round++) {
      lines.push([name, String(round + 1), ...all.map(({ rounds }) => field(rounds[round] ?? null))]);
    }
  }
  return lines.map((line) => `${line.map(quote).join(",")}\r\n`).join("");
}

function field(value: number | null): string {
  return value === null ? "" : String(value);
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
