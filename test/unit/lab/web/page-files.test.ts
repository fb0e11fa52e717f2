import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { LabServer } from "../../../../src/lab/web/lab-server.ts";
import { readPage } from "../../../../src/lab/web/page-files.ts";
import { folder } from "../../../support/folders.ts";

describe("the files of the lab's page", () => {
  it("are what is in its folder, by paths as a browser asks for them", (t) => {
    const page = folder(t);
    mkdirSync(join(page, "assets"));
    writeFileSync(join(page, "index.html"), "<!doctype html>");
    writeFileSync(join(page, "assets/main.js"), "1");
    writeFileSync(join(page, "assets/strange"), "2");
    const files = readPage(page);
    assert.deepEqual([...files].map(([path, { contentType }]) => [path, contentType]).sort(), [
      ["/", "text/html; charset=utf-8"],
      ["/assets/main.js", "text/javascript; charset=utf-8"],
      ["/assets/strange", "application/octet-stream"],
      ["/index.html", "text/html; charset=utf-8"],
    ]);
  });

  it("are served with their types; and where they were not built, that is said", async (t) => {
    const page = folder(t);
    const empty = new LabServer("0", join(page, "missing"));
    const before = await fetch(await empty.listen(0));
    assert.equal(before.status, 404);
    assert.match(await before.text(), /was not built: npm run build/);
    await empty.close();

    writeFileSync(join(page, "index.html"), "<!doctype html>");
    const server = new LabServer("0", page);
    t.after(() => server.close());
    const response = await fetch(await server.listen(0));
    assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
    assert.equal(await response.text(), "<!doctype html>");
  });
});
