import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import {
  lstat,
  mkdir,
  open,
  parallelRead,
  readdir,
  readFile,
  rename,
  stat,
  unlink,
  writeFile,
} from "../../src/fs/index.ts";
import { type Operation, sleep, until } from "../../src/index.ts";
import { rejects } from "../support/coroutines.ts";
import { folder } from "../support/folders.ts";
import { patternBytes } from "../support/pattern.ts";
import { type Resizable, resizable } from "../support/resizable.ts";
import { describeModels } from "../support/runtimes.ts";

const guard = { timeout: 180_000 };

/** The same failure of Node's own module, for comparison. */
async function nodes(promise: Promise<unknown>): Promise<NodeJS.ErrnoException> {
  return promise.then(
    () => assert.fail("it has not failed"),
    (error: NodeJS.ErrnoException) => error,
  );
}

describeModels((runtime) => {
  it("errors are Node's own: code, errno, system call, paths and text", guard, async (t) => {
    const path = folder(t);
    const none = join(path, "none");
    fs.writeFileSync(join(path, "file"), "");
    const inFile = join(path, "file", "x");
    const long = join(path, "x".repeat(300));
    const { promises } = fs;
    const pairs: [() => Operation<unknown>, Promise<unknown>][] = [
      [() => open(none), promises.open(none)],
      [() => open(inFile), promises.open(inFile)],
      [() => open(path, "r+"), promises.open(path, "r+")],
      [() => stat(none), promises.stat(none)],
      [() => lstat(inFile), promises.lstat(inFile)],
      [() => rename(none, inFile), promises.rename(none, inFile)],
      [() => unlink(none), promises.unlink(none)],
      [() => mkdir(path), promises.mkdir(path)],
      [() => readFile(path), promises.readFile(path)],
      [() => writeFile(path, ""), promises.writeFile(path, "")],
      [() => open(long), promises.open(long)],
      [() => stat(`/${"x/".repeat(3000)}`), promises.stat(`/${"x/".repeat(3000)}`)],
    ];
    const expected = await Promise.all(pairs.map(([, promise]) => nodes(promise)));
    await runtime.run(function* () {
      for (const [i, [start]] of pairs.entries()) {
        const { code, errno, syscall, path, message } = expected[i]!;
        // Node has no path where it reads by a descriptor, and no advice.
        const text = message.replace(/, (\w+).*/, "");
        yield* rejects(start(), {
          ...{ code, errno, syscall },
          ...(path === undefined ? {} : { path }),
          message: new RegExp(`^${text}, ${syscall} '`),
        });
      }
      yield* rejects(readdir(none), { code: "ENOENT", path: none });
    });
  });

  it("arguments that cannot be are refused before anything happens", guard, async (t) => {
    const path = join(folder(t), "file");
    await runtime.run(function* () {
      assert.throws(() => open("a\0b"), { code: "ERR_INVALID_ARG_VALUE" });
      assert.throws(() => open(7 as unknown as string), { code: "ERR_INVALID_ARG_TYPE" });
      assert.throws(() => open(path, "rw" as "r"), { code: "ERR_INVALID_ARG_VALUE", message: /wx\+/ });
      const file = yield* open(path, "w+");
      const into = Buffer.alloc(10);
      for (const position of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
        assert.throws(() => file.read(into, { position }), { code: "ERR_OUT_OF_RANGE" });
        assert.throws(() => file.write(into, { position }), { code: "ERR_OUT_OF_RANGE" });
        assert.throws(() => file.truncate(position), { code: "ERR_OUT_OF_RANGE" });
      }
      assert.throws(() => file.read(into, { position: 1n as unknown as number }), {
        code: "ERR_INVALID_ARG_TYPE",
      });
      assert.throws(() => file.read("text" as unknown as Buffer), { code: "ERR_INVALID_ARG_TYPE" });
      // The last position of all is one, and there is nothing.
      assert.equal(yield* file.read(into, { position: 2 ** 53 - 1 }), 0);
      yield* file.close();
    });
    assert.equal(fs.statSync(path).size, 0);
  });

  it("what a file was not opened for is refused, and what is closed", guard, async (t) => {
    const path = join(folder(t), "file");
    fs.writeFileSync(path, "text");
    await runtime.run(function* () {
      const reading = yield* open(path);
      yield* rejects(reading.write("x"), { code: "EBADF", syscall: "write", path });
      const writing = yield* open(path, "a");
      yield* rejects(writing.read(Buffer.alloc(1)), { code: "EBADF", syscall: "read", path });
      yield* writing.close();
      // The number is another file's now.
      const next = yield* open(path);
      yield* writing.close();
      assert.equal(yield* next.read(Buffer.alloc(10)), 4);
      assert.equal(writing.fd, -1);
      for (const operation of [writing.write("x"), writing.stat(), writing.sync(), writing.lock()]) {
        yield* rejects<unknown>(operation, { code: "EBADF", path, message: /the file is closed/ });
      }
      yield* next.close();
      yield* reading.close();
    });
  });

  it("the first range that cannot be read is the failure of all", guard, async (t) => {
    const path = folder(t);
    const ranges = Array.from({ length: 100 }, (_, i) => ({ position: i, lengthBytes: 10 }));
    await runtime.run(function* () {
      const unreadable = yield* open(join(path, "file"), "w");
      yield* rejects(parallelRead(unreadable, ranges), {
        code: "EBADF",
        syscall: "read",
        path: unreadable.path,
      });
      yield* unreadable.close();
      const directory = yield* open(path);
      yield* rejects(parallelRead(directory, ranges, { concurrency: 3 }), { code: "EISDIR", path });
      yield* directory.close();
    });
  });

  it("a file that is cut while it is read gives what is left", guard, async (t) => {
    const path = join(folder(t), "file");
    const bytes = Buffer.concat([patternBytes(0, 300_000)]);
    fs.writeFileSync(path, bytes);
    await runtime.run(function* () {
      const file = yield* open(path);
      const into = Buffer.alloc(200_000);
      assert.equal(yield* file.read(into), 200_000);
      fs.truncateSync(path, 250_000);
      assert.equal(yield* file.read(into), 50_000);
      assert.ok(into.subarray(0, 50_000).equals(bytes.subarray(200_000, 250_000)));
      fs.truncateSync(path, 10);
      assert.equal(yield* file.read(into), 0);
      assert.equal(yield* file.read(into, { position: 5 }), 5);
      yield* file.close();
    });
  });

  it("a file that is cut during reads gives what it had, as far as it gives anything", guard, async (t) => {
    const path = join(folder(t), "file");
    const lengthBytes = 600_000;
    const bytes = Buffer.concat([patternBytes(0, lengthBytes)]);
    await runtime.run(function* () {
      for (let i = 0; i < 20; i++) {
        fs.writeFileSync(path, bytes);
        const file = yield* open(path);
        const cut = 37_777 * (i % 10);
        // One that takes several calls, and others before and behind the cut.
        const positions = [0, ...Array.from({ length: 20 }, (_, at) => at * 30_000)];
        const reads = positions.map((position, at) => {
          const into = Buffer.alloc(at === 0 ? lengthBytes : 20_000);
          // It begins at once.
          return { position, into, count: file.read(into, { position }).then() };
        });
        for (let turn = 0; turn < i % 3; turn++) yield* sleep(0);
        fs.truncateSync(path, cut);
        for (const { position, into, count } of reads) {
          const length = yield* until(count);
          const left = Math.max(0, cut - position);
          assert.ok(length >= Math.min(into.length, left), "what was left is there");
          const expected = bytes.subarray(position, position + length);
          assert.ok(into.subarray(0, Math.min(left, length)).equals(expected.subarray(0, left)));
          // A page that is being cut off may be zeros already.
          for (let at = left; at < length; at++) assert.ok(into[at] === expected[at] || into[at] === 0);
        }
        assert.equal(yield* file.read(Buffer.alloc(10), { position: cut }), 0);
        yield* file.close();
      }
    });
  });

  it("memory that is taken away in between is told", guard, async (t) => {
    const path = join(folder(t), "file");
    fs.writeFileSync(path, Buffer.alloc(5000));
    await runtime.run(function* () {
      const file = yield* open(path);
      const memory = new Uint8Array(resizable(10_000));
      const read = file.read(memory);
      (memory.buffer as Resizable).resize(100);
      yield* rejects(read, { code: "ERR_INVALID_STATE" });
      yield* file.close();
    });
  });

  it(
    "memory that is resized or given away during a read is told of, however much it is",
    guard,
    async (t) => {
      const path = join(folder(t), "file");
      const bytes = Buffer.concat([patternBytes(0, 300_000)]);
      fs.writeFileSync(path, bytes);
      await runtime.run(function* () {
        const file = yield* open(path);
        for (const length of [100, 10_000, 300_000]) {
          const taken: ((memory: Resizable) => unknown)[] = [
            (memory) => memory.resize(length / 2),
            (memory) => structuredClone(memory, { transfer: [memory] }),
          ];
          for (const take of taken) {
            const memory = resizable(length);
            // It begins at once.
            const read = file.read(new Uint8Array(memory), { position: 0 }).then();
            const kept = take(memory);
            yield* rejects(until(read), { code: "ERR_INVALID_STATE", message: /transferred or resized/ });
            void kept;
          }
        }
        const taken = new ArrayBuffer(100_000);
        const ranges = [Buffer.alloc(100_000), Buffer.from(taken), Buffer.alloc(100_000)].map((into, i) => ({
          position: 100_000 * i,
          into,
        }));
        const reads = parallelRead(file, ranges).then();
        structuredClone(taken, { transfer: [taken] });
        yield* rejects(until(reads), { code: "ERR_INVALID_STATE", message: /transferred or resized/ });
        const into = Buffer.alloc(300_000);
        assert.equal(yield* file.read(into, { position: 0 }), into.length);
        assert.ok(into.equals(bytes), "the file is read as ever");
        yield* file.close();
      });
    },
  );
});
