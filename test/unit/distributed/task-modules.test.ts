import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { TaskModules } from "../../../src/distributed/task-modules.ts";
import { folder } from "../../support/folders.ts";

const job = { name: "hash", args: "", isChunk: false, timeoutMs: null };

describe("the modules of a worker", () => {
  it("are called as their files, or as they are named", (t) => {
    const file = join(folder(t), "tasks=1.js");
    writeFileSync(file, "");
    const modules = new TaskModules([`hashing=${file}`, file, "node:path"]);
    assert.deepEqual(modules.names, ["hashing", "tasks=1", "path"]);
    const { place } = modules.find({ ...job, module: "hashing" });
    assert.deepEqual([place.module, place.name], [pathToFileURL(file).href, "hash"]);
  });

  it("pass on how long a call may take", () => {
    const modules = new TaskModules(["node:path"]);
    assert.equal(modules.find({ ...job, module: "path" }).timeoutMs, Number.POSITIVE_INFINITY);
    assert.equal(modules.find({ ...job, module: "path", timeoutMs: 5 }).timeoutMs, 5);
  });

  it("are all that it loads, whatever a job asks for", () => {
    const modules = new TaskModules(["node:path", "node:url"]);
    for (const module of ["node:path", "file:///etc/tasks.js", "data:text/javascript,0", "__proto__"]) {
      assert.throws(() => modules.find({ ...job, module }), {
        code: "ERR_INVALID_ARG_VALUE",
        message: /but path, url/,
      });
    }
  });
});
