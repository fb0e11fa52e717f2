import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

describe("the package", () => {
  for (const [name, entry] of Object.entries(
    manifest.exports as Record<string, string | Record<string, string>>,
  )) {
    it(`exports ${name} as files that exist`, () => {
      for (const path of typeof entry === "string" ? [entry] : Object.values(entry)) {
        assert.ok(existsSync(join(root, path)), path);
      }
    });
  }

  it("exports the same names from the bundle as from the modules", async () => {
    for (const [entry, module] of [
      ["pentio", "../../src/index.js"],
      ["pentio/uring", "../../src/uring/index.js"],
      ["pentio/streams", "../../src/stream/index.js"],
      ["pentio/cluster", "../../src/cluster/index.js"],
      ["pentio/executors", "../../src/executors/public.js"],
      ["pentio/executors/worker", "../../src/executors/worker.js"],
      ["pentio/distributed", "../../src/distributed/index.js"],
      ["pentio/selectors", "../../src/selectors/public.js"],
      ["pentio/ipc", "../../src/ipc/index.js"],
      ["pentio/fs", "../../src/fs/index.js"],
    ]) {
      const bundle = await import(entry!);
      assert.deepEqual(Object.keys(bundle), Object.keys(await import(module!)));
    }
  });

  it("has declarations that a strict program can compile against", { timeout: 180_000 }, () => {
    const declarations = Object.values(manifest.exports as Record<string, { types?: string }>).flatMap(
      ({ types }) => types ?? [],
    );
    const options = [
      "--ignoreConfig",
      "--noEmit",
      "--strict",
      "--skipLibCheck",
      "false",
      "--types",
      "node",
      "--module",
      "nodenext",
    ];
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(root, "node_modules/typescript/bin/tsc"), ...options, "--target", "es2022", ...declarations],
      { cwd: root, encoding: "utf8" },
    );
    assert.equal(status, 0, stdout);
  });

  it("has few runtime dependencies, which need no compiler", () => {
    assert.deepEqual(Object.keys(manifest.dependencies), ["koffi", "serialize-error", "workerpool"]);
  });
});
