import type { Paint } from "../reporting/index.ts";

/** A column: the two lines of its heading, and its cells. */
export interface Column<R> {
  readonly heading: readonly [string, string];
  readonly cell: (result: R) => string;
}

/** A table's lines: the first column to the left, the others to the right. */
export function formatColumns<R>(
  columns: readonly Column<R>[],
  results: readonly R[],
  paint: Paint,
): string[] {
  const rows = [
    columns.map(({ heading }) => heading[0]),
    columns.map(({ heading }) => heading[1]),
    ...results.map((result) => columns.map(({ cell }) => cell(result))),
  ];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row, index) => {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!),
    );
    const line = cells.join("  ").trimEnd();
    return index < 2 ? paint("bold", line) : line;
  });
}
