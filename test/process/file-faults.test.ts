import assert from "node:assert/strict";
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { folder } from "../support/folders.ts";
import {
  isolated,
  missing,
  NOBODY,
  noOtherUser,
  type ProgramOptions,
  powerless,
  programResult,
} from "../support/programs.ts";

/** What a program's body tells on each model. */
interface Told<T> {
  readonly model: string;
  readonly told: T;
}

/** The code and place of an error, and what had been transferred by then. */
interface Failure {
  readonly code: string;
  readonly syscall: string;
  readonly path?: string;
  readonly dest?: string;
  readonly bytesTransferred?: number;
  readonly message: string;
}

interface FaultOptions extends ProgramOptions {
  /** Where its folders are. */
  readonly root?: string;
}

/**
 * Runs a coroutine on every model that works, one after the other in one program, each in a folder of its own: `folder`. It has
 * all of `pentio/fs` as `fs`, Node's as `node`, and `failure(operation)` for an operation that must fail.
 */
async function onEveryModel<T>(body: string, options: FaultOptions = {}): Promise<Told<T>[]> {
  const source = `
    import node from "node:fs";
    import { tmpdir } from "node:os";
    import { join } from "node:path";
    import * as fs from "$src/fs/index.js";
    import { run, spawn } from "$src/index.js";
    import { probeModels } from "$src/drivers/index.js";
    const root = node.mkdtempSync(join(${options.root ? JSON.stringify(options.root) : "tmpdir()"}, "pentio-faults-"));
    function* failure(operation) {
      try {
        yield* operation;
      } catch ({ code, syscall, path, dest, bytesTransferred, message }) {
        return { code, syscall, path, dest, bytesTransferred, message };
      }
      throw new Error("it has not failed");
    }
    const all = [];
    for (const { model } of probeModels().filter(({ works }) => works)) {
      const folder = node.mkdtempSync(join(root, "x"));
      const task = run(function* () { ${body} }, { model });
      all.push({ model, told: await task });
      node.rmSync(folder, { recursive: true, force: true });
    }
    node.rmSync(root, { recursive: true, force: true });
    console.log(JSON.stringify(all));
  `;
  const told = await programResult<Told<T>[]>(source, options);
  assert.ok(told.length >= 7, "most models work");
  return told;
}

const noNamespaces = missing("unshare", "--map-root-user", "--mount", "true");

/** A shell that sets a limit first. */
function limited(limit: string): string[] {
  return ["sh", "-c", `${limit} && exec "$@"`, "sh"];
}

describe("files, where something is wrong", { timeout: 600_000 }, () => {
  it("no space left: what was written is told, and stays", { skip: noNamespaces }, async () => {
    const wrapper = isolated("mount -t tmpfs -o size=256k none /mnt");
    const told = await onEveryModel<[Failure, number, Failure, string[], string]>(
      `
      const file = yield* fs.open(folder + "/full", "w");
      const full = yield* failure(file.write(Buffer.alloc(1_000_000, "x")));
      yield* file.close();
      const size = node.statSync(folder + "/full").size;
      node.truncateSync(folder + "/full", size - 4096);
      node.writeFileSync(folder + "/kept", "kept");
      const replace = yield* failure(fs.writeFile(folder + "/kept", Buffer.alloc(100_000), { atomic: true }));
      const copy = yield* failure(fs.copyFile(folder + "/full", folder + "/copy"));
      if (copy.code !== "ENOSPC") throw new Error(copy.message);
      return [full, size, replace, node.readdirSync(folder), node.readFileSync(folder + "/kept", "utf8")];
    `,
      { wrapper, root: "/mnt" },
    );
    for (const {
      model,
      told: [full, size, replace, names, kept],
    } of told) {
      assert.equal(full.code, "ENOSPC", model);
      assert.equal(full.bytesTransferred, size);
      assert.match(full.message, /^ENOSPC: no space left on device, write '.*full' \(free some space/);
      assert.deepEqual([replace.code, kept], ["ENOSPC", "kept"]);
      assert.deepEqual(names.sort(), ["full", "kept"], "nothing is left beside it");
    }
  });

  it("a limit of file sizes", async () => {
    const told = await onEveryModel<[Failure, Failure, number]>(
      `
      const file = yield* fs.open(folder + "/file", "w");
      const write = yield* failure(file.write(Buffer.alloc(20_000)));
      const truncate = yield* failure(file.truncate(20_000));
      yield* file.close();
      return [write, truncate, node.statSync(folder + "/file").size];
    `,
      { wrapper: limited("ulimit -f 16") },
    );
    for (const {
      model,
      told: [write, truncate, size],
    } of told) {
      assert.deepEqual([write.code, write.bytesTransferred, size], ["EFBIG", 8192, 8192], model);
      assert.deepEqual([truncate.code, truncate.syscall], ["EFBIG", "ftruncate"], model);
      assert.match(write.message, /ulimit -f/);
    }
  });

  it("a file system that is mounted read-only", { skip: noNamespaces }, async () => {
    const setUp = "mount -t tmpfs none /mnt; echo text > /mnt/file; mount -o remount,ro /mnt";
    const told = await onEveryModel<Failure[]>(
      `
      const failures = [];
      for (const operation of [
        fs.open("/mnt/file", "r+"), fs.writeFile("/mnt/new", ""), fs.writeFile("/mnt/file", "", { atomic: true }),
        fs.mkdir("/mnt/new"), fs.unlink("/mnt/file"), fs.rename("/mnt/file", "/mnt/new"),
        fs.symlink("file", "/mnt/new"), fs.chmod("/mnt/file", 0o600),
      ]) failures.push(yield* failure(operation));
      if ((yield* fs.readFile("/mnt/file", "utf8")) !== "text\\n") throw new Error("it can be read");
      return failures;
    `,
      { wrapper: isolated(setUp) },
    );
    for (const { model, told: failures } of told) {
      const names = failures.map(({ syscall }) => syscall);
      assert.deepEqual(names, ["open", "open", "open", "mkdir", "unlink", "rename", "symlink", "chmod"]);
      for (const { code, message } of failures) {
        assert.equal(code, "EROFS", model);
        assert.match(message, /mounted read-only/);
      }
      assert.deepEqual([failures[5]!.path, failures[5]!.dest], ["/mnt/file", "/mnt/new"]);
    }
  });

  it("permission denied, for files are another user's", { skip: noOtherUser() }, async (t) => {
    const path = folder(t);
    const [secret, closed] = [join(path, "secret"), join(path, "closed")];
    writeFileSync(secret, "secret", { mode: 0o600 });
    mkdirSync(closed, { mode: 0o700 });
    for (const name of [secret, closed]) chownSync(name, NOBODY, NOBODY);
    const told = await onEveryModel<Failure[]>(
      `
      const secret = ${JSON.stringify(secret)};
      const closed = ${JSON.stringify(closed)};
      return [
        yield* failure(fs.open(secret)), yield* failure(fs.readFile(secret)), yield* failure(fs.readdir(closed)),
        yield* failure(fs.writeFile(closed + "/new", "")), yield* failure(fs.stat(closed + "/new")),
        yield* failure(fs.chmod(secret, 0o666)),
      ];
    `,
      { wrapper: powerless },
    );
    for (const { model, told: failures } of told) {
      const codes = failures.map(({ code }) => code);
      assert.deepEqual(codes, ["EACCES", "EACCES", "EACCES", "EACCES", "EACCES", "EPERM"], model);
      assert.deepEqual([failures[0]!.path, failures[4]!.path], [secret, join(closed, "new")]);
    }
  });

  it("no descriptor is left", async () => {
    const told = await onEveryModel<[Failure, Failure, string]>(
      `
      // What the model needs for itself comes first.
      yield* fs.readFile("/proc/self/status");
      yield* fs.readdir(folder);
      const taken = [];
      try {
        for (;;) taken.push(node.openSync("/dev/null"));
      } catch {}
      const open = yield* failure(fs.open("/dev/null"));
      const many = yield* failure(fs.readFiles(["/proc/self/status", "/proc/self/stat"]));
      for (const fd of taken) node.closeSync(fd);
      yield* fs.writeFile(folder + "/file", "again");
      return [open, many, yield* fs.readFile(folder + "/file", "utf8")];
    `,
      { wrapper: limited("ulimit -n 200") },
    );
    for (const {
      model,
      told: [open, many, again],
    } of told) {
      assert.deepEqual(
        [open.code, open.path, many.code, again],
        ["EMFILE", "/dev/null", "EMFILE", "again"],
        model,
      );
      assert.match(open.message, /ulimit -n/);
    }
  });

  it("a tree with more folders than there are descriptors is removed", async () => {
    const told = await onEveryModel<string[]>(
      `
      for (let i = 0; i < 17; i++) {
        for (let j = 0; j < 17; j++) node.mkdirSync(join(folder, "tree", String(i), String(j), "z"), { recursive: true });
      }
      yield* fs.rm(join(folder, "tree"), { recursive: true });
      return node.readdirSync(folder);
    `,
      { wrapper: limited("ulimit -n 200") },
    );
    for (const { model, told: names } of told) assert.deepEqual(names, [], model);
  });
});
