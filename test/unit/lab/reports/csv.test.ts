import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toCsv } from "../../../../src/lab/reports/csv.ts";
import type { FigureTable } from "../../../../src/lab/reports/figure-table.ts";

/** Reads comma-separated values by the grammar of RFC 4180. */
function parseCsv(text: string): string[][] {
  const fields = text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g);
  const lines: string[][] = [[]];
  for (const [, quoted, plain, end] of fields) {
    lines.at(-1)!.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    if (end === "\r\n") lines.push([]);
  }
  assert.deepEqual(lines.pop(), [], "the last line has an end, too");
  return lines;
}

const table: FigureTable = {
  figures: ["requestsPerSecond", "systemCallsPerRequest"],
  rows: [
    {
      name: 'quo"te, comma,\r\nand a line',
      cells: {
        requestsPerSecond: { value: 2.5, rounds: [2, 2.5, 3] },
        systemCallsPerRequest: { value: null, rounds: [] },
      },
    },
    {
      name: "epoll",
      cells: {
        requestsPerSecond: { value: 1e21, rounds: [] },
        systemCallsPerRequest: { value: 0.125, rounds: [] },
      },
    },
  ],
};

describe("comma-separated values", () => {
  it("have a line for the medians and for each round, whatever the names are", () => {
    const name = 'quo"te, comma,\r\nand a line';
    assert.deepEqual(parseCsv(toCsv(table)), [
      ["model", "round", "requestsPerSecond", "systemCallsPerRequest"],
      [name, "median", "2.5", ""],
      [name, "1", "2", ""],
      [name, "2", "2.5", ""],
      [name, "3", "3", ""],
      ["epoll", "", "1e+21", "0.125"],
    ]);
  });
});
