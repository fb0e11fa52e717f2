import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { mkdir, readdir, readFile, rm, stat, walk, writeFile } from "../../src/fs/index.ts";
import { sleep, spawn } from "../../src/index.ts";
import { each } from "../../src/stream/index.ts";
import { rejects } from "../support/coroutines.ts";
import { folder } from "../support/folders.ts";
import { describeModels } from "../support/runtimes.ts";

const guard = { timeout: 180_000 };

/** A path whose last name no text can say: it is not UTF-8. */
function notText(folder: string, name: string): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/${name}`), Buffer.from([0xff])]);
}

/** The names in a folder, byte by byte. */
function names(path: string): string[] {
  return fs
    .readdirSync(path, { encoding: "buffer" })
    .map((name) => name.toString("latin1"))
    .sort();
}

describeModels((runtime) => {
  it("a tree is removed whatever its names are, and the tree above stays", guard, async (t) => {
    const path = folder(t);
    for (const root of [join(path, "tree"), notText(path, "tree")]) {
      fs.mkdirSync(root);
      const inside = Buffer.concat([Buffer.from(root), Buffer.from("/sub\xfe/", "latin1")]);
      fs.mkdirSync(inside);
      for (const name of ["file", "\xff", "\xef\xbf\xbd"]) {
        fs.writeFileSync(Buffer.concat([inside, Buffer.from(name, "latin1")]), "");
      }
      await runtime.run(() => rm(root, { recursive: true, force: true }));
      assert.deepEqual(names(path), []);
    }
  });

  it(
    "a walk goes into folders whose names are no text, and tells paths that can be used",
    guard,
    async (t) => {
      const path = folder(t);
      const root = notText(path, "root");
      fs.mkdirSync(root);
      const file = Buffer.concat([root, Buffer.from("/file")]);
      fs.writeFileSync(file, "found");
      await runtime.run(function* () {
        const found = [];
        for (const entry of yield* each(walk(path))) {
          if (entry.isFile()) found.push(entry);
          yield* each.next();
        }
        assert.deepEqual(
          found.map(({ rawPath }) => rawPath),
          [file],
        );
        assert.equal(found[0]!.path, `${path}/root\ufffd/file`);
        assert.equal(yield* readFile(found[0]!.rawPath, "utf8"), "found");
        const [entry] = yield* readdir(root, { withFileTypes: true });
        assert.deepEqual([entry!.name, entry!.rawPath], ["file", file]);
        assert.deepEqual(yield* readdir(root, { recursive: true }), ["file"]);
      });
    },
  );

  it("what is not there is forgiven with force, and what cannot be removed never", guard, async (t) => {
    const path = folder(t);
    await runtime.run(function* () {
      const none = join(path, "none");
      yield* rm(none, { recursive: true, force: true });
      yield* rejects(rm(none, { recursive: true }), { code: "ENOENT", path: none });
      yield* rejects(rm("/proc/self/task", { recursive: true, force: true }), {
        code: /EPERM|EACCES/,
      });
    });
  });

  it("several remove one tree, and all say that it is gone", guard, async (t) => {
    const path = folder(t);
    const tree = join(path, "tree");
    await runtime.run(function* () {
      for (let round = 0; round < 10; round++) {
        for (let i = 0; i < 20; i++) fs.mkdirSync(join(tree, `${i % 5}`, `${i}`), { recursive: true });
        for (let i = 0; i < 20; i++) fs.writeFileSync(join(tree, `${i % 5}`, `file ${i}`), "");
        const removing = [];
        for (let i = 0; i < 3; i++)
          removing.push(yield* spawn(() => rm(tree, { recursive: true, force: true })));
        for (const task of removing) yield* task;
        assert.deepEqual(names(path), []);
      }
    });
  });

  it("a tree to which another adds is gone, or the failure says that it is not", guard, async (t) => {
    const path = folder(t);
    const tree = join(path, "tree");
    await runtime.run(function* () {
      for (let round = 0; round < 10; round++) {
        fs.mkdirSync(join(tree, "sub"), { recursive: true });
        for (let i = 0; i < 50; i++) fs.writeFileSync(join(tree, "sub", `${i}`), "");
        const adding = yield* spawn(function* () {
          for (let i = 0; fs.existsSync(join(tree, "sub")); i++) {
            try {
              fs.writeFileSync(join(tree, "sub", `new ${i}`), "");
            } catch (error) {
              assert.equal((error as NodeJS.ErrnoException).code, "ENOENT");
            }
            yield* sleep(0);
          }
        });
        let code: string | undefined;
        try {
          yield* rm(tree, { recursive: true, force: true });
        } catch (error) {
          code = (error as NodeJS.ErrnoException).code;
        }
        assert.equal(code, fs.existsSync(tree) ? "ENOTEMPTY" : undefined);
        yield* adding.cancel();
        yield* rm(tree, { recursive: true, force: true });
      }
    });
  });

  it("folders that cannot be made, with those above, fail", guard, async (t) => {
    const path = folder(t);
    fs.writeFileSync(join(path, "file"), "");
    fs.symlinkSync("none", join(path, "dangling"));
    const made = Buffer.concat([notText(path, "a"), Buffer.from("/b/c")]);
    await runtime.run(function* () {
      for (const none of ["", "/proc/nope/x", "/proc/nope/x/y/z", join(path, "dangling/x")]) {
        yield* rejects(mkdir(none, { recursive: true }), { code: "ENOENT" });
      }
      yield* rejects(mkdir(join(path, "file"), { recursive: true }), { code: "EEXIST" });
      yield* rejects(mkdir(join(path, "file/x/y"), { recursive: true }), { code: "ENOTDIR" });
      yield* mkdir(made, { recursive: true });
      assert.ok((yield* stat(made)).isDirectory());
      yield* mkdir("/", { recursive: true });
      yield* mkdir(".", { recursive: true });
    });
    assert.deepEqual(names(path), ["a\xff", "dangling", "file"]);
  });

  it("a file is replaced under any name that it can have, and a failure tells its path", guard, async (t) => {
    const path = folder(t);
    const long = Buffer.from(`${path}/${"n".repeat(255)}`);
    await runtime.run(function* () {
      for (const name of [notText(path, "file"), long]) {
        yield* writeFile(name, "old");
        const before = names(path);
        yield* writeFile(name, "new", { atomic: true });
        assert.equal(fs.readFileSync(name, "utf8"), "new");
        assert.deepEqual(names(path), before);
        fs.rmSync(name);
      }
      const none = join(path, "none/file");
      yield* rejects(writeFile(none, "", { atomic: true }), {
        ...{ code: "ENOENT", path: none, syscall: "open" },
        message: new RegExp(`open '${none}'$`),
      });
      yield* rejects(writeFile(path, "", { atomic: true }), { code: "EISDIR", path, syscall: "rename" });
    });
    assert.deepEqual(names(path), []);
    assert.ok(!fs.readdirSync(join(path, "..")).some((name) => name.endsWith(".tmp")));
  });

  it("a walk goes on where a folder vanishes, and where it is told what cannot be read", guard, async (t) => {
    const path = folder(t);
    for (const name of ["a", "b", "c"]) fs.mkdirSync(join(path, name));
    for (const name of ["b", "c"]) fs.writeFileSync(join(path, name, "file"), "");
    await runtime.run(function* () {
      const found = [];
      for (const { path: name } of yield* each(walk(path, { concurrency: 1 }))) {
        found.push(name);
        if (found.length === 1) fs.rmdirSync(join(path, "a"));
        if (found.length === 2) {
          fs.rmSync(join(path, "b"), { recursive: true });
          fs.writeFileSync(join(path, "b"), "a file now");
        }
        yield* each.next();
      }
      assert.deepEqual(found.slice(3), [join(path, "c/file")]);
      const none = join(path, "none");
      yield* rejects(walk(none).next(), { code: "ENOENT", path: none });
      const codes: unknown[] = [];
      const told = walk(none, { onError: ({ code, path }) => codes.push(code, path) });
      assert.deepEqual(yield* told.next(), { done: true, value: undefined });
      assert.deepEqual(codes, ["ENOENT", none]);
    });
  });
});
