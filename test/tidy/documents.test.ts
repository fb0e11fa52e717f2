import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const documents = readdirSync(root).filter((name) => name.endsWith(".md"));
const examples = readdirSync(join(root, "examples")).map((name) =>
  readFileSync(join(root, "examples", name), "utf8"),
);

/** Text without the differences that a document may have: indentation and blank lines. */
function flat(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n");
}

describe("the documents", () => {
  for (const document of documents) {
    const text = readFileSync(join(root, document), "utf8");

    it(`${document} shows only code that stands in examples/, where it is run`, () => {
      for (const [, code] of text.matchAll(/^```ts\n(.*?)^```$/gms)) {
        assert.ok(
          examples.some((example) => flat(example).includes(flat(code!))),
          `not in examples/:\n${code}`,
        );
      }
    });

    it(`${document} links to files that exist`, () => {
      for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
        assert.ok(existsSync(join(root, dirname(document), target!)), target);
      }
    });
  }
});
