import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

function read(name: string): string {
  return readFileSync(new URL(`../../../${name}`, import.meta.url), "utf8");
}

const english = read("README.md");
const chinese = read("README.zh-CN.md");

/** What stands in both languages: what is sought, in each of them, as it comes. */
function inBoth(pattern: RegExp): [english: string[], chinese: string[]] {
  const found = (text: string) => [...text.matchAll(pattern)].map(([, part]) => part!);
  return [found(english), found(chinese)];
}

describe("README.zh-CN.md", () => {
  it("has the chapters of README.md", () => {
    const [levels, theirs] = inBoth(/^(#+) /gm);
    assert.deepEqual(theirs, levels);
  });

  it("shows the same code, and the same output", () => {
    const [blocks, theirs] = inBoth(/^(```\w*\n.*?^```)$/gms);
    assert.deepEqual(theirs, blocks);
  });

  it("names the same code in its sentences", () => {
    const [named, theirs] = inBoth(/^```.*?^```$|`([^`]+)`/gms);
    // Lines may end within a span; fenced blocks are none.
    const spans = (all: (string | undefined)[]) =>
      all.flatMap((span) => span?.replace(/\s+/g, " ") ?? []).sort();
    assert.deepEqual(spans(theirs), spans(named));
  });

  it("links to the same places, and each to the other", () => {
    const [links, theirs] = inBoth(/\]\(([^)]+)\)/g);
    const others = (targets: string[]) => targets.filter((target) => !target.startsWith("README")).sort();
    assert.deepEqual(others(theirs), others(links));
    assert.ok(links.includes("README.zh-CN.md") && theirs.includes("README.md"));
  });

  it("has the same tables, row by row, with the same figures", () => {
    const rows = (text: string) =>
      text
        .split("\n")
        .filter((line) => line.startsWith("|"))
        .map((row) => row.match(/\d+(?:[.,]\d+)*/g) ?? []);
    assert.deepEqual(rows(chinese), rows(english));
  });
});
