import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const page = fileURLToPath(new URL("../../lab-page/", import.meta.url));
const files = readdirSync(page, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => join(parentPath, name));

function read(extension: string): string[] {
  return files.filter((name) => name.endsWith(extension)).map((name) => readFileSync(name, "utf8"));
}

describe("the built page of the lab", () => {
  it("has scripts that weigh at most 150 kB compressed", () => {
    const weights = read(".js").map((script) => gzipSync(script).length);
    assert.notEqual(weights.length, 0);
    assert.ok(weights.reduce((sum, weight) => sum + weight) <= 150_000, `${weights} bytes`);
  });

  it("asks no other machine for anything", () => {
    for (const text of [...read(".html"), ...read(".css")]) {
      assert.doesNotMatch(text, /(?:src|href)="(?:https?:)?\/|url\(["']?(?:https?:)?\/|@import/);
    }
  });
});
