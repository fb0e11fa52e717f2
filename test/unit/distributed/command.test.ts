import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { workerCommand } from "../../../src/distributed/index.ts";

describe("pentio worker", () => {
  for (const [what, options, complaint] of [
    ["no modules", [], /Modules are missing/],
    ["a module that is missing", ["--modules", "/no/tasks.js"], /There is no module \/no\/tasks.js/],
    ["two modules of one name", ["--modules", "node:path", "node:path"], /Two modules are called "path"/],
    ["a queue with a colon", ["--modules", "node:path", "--queue", "a:b"], /no colon/],
    ["no calls at a time", ["--modules", "node:path", "--concurrency", "0"], /"concurrency" is out of range/],
    ["an unknown kind", ["--modules", "node:path", "--per", "fibre"], /process, thread/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(workerCommand([...options]), {
        code: "ERR_INVALID_ARG_VALUE",
        message: complaint,
      });
    });
  }
});
