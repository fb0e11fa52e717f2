import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { isInExamples } from "../support/documents.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
/** The documents at the top, and the guides, whose code test/process/guides.test.ts runs. */
const documents = ["", "docs/"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => folder + name),
);

describe("the documents", () => {
  for (const document of documents) {
    const text = readFileSync(join(root, document), "utf8");

    if (!document.startsWith("docs/")) {
      it(`${document} shows only code that stands in examples/, where it is run`, () => {
        for (const [, code] of text.matchAll(/^```ts\n(.*?)^```$/gms)) {
          assert.ok(isInExamples(code!), `not in examples/:\n${code}`);
        }
      });
    }

    it(`${document} links to files that exist`, () => {
      for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
        assert.ok(existsSync(join(root, dirname(document), target!)), target);
      }
    });
  }
});
