import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import {
  type CancelledTransfer,
  chunks,
  type File,
  open,
  parallelRead,
  readFile,
  readFiles,
  writeFile,
} from "../../src/fs/index.ts";
import { CancelledError, type Operation, sleep, spawn } from "../../src/index.ts";
import { rejects } from "../support/coroutines.ts";
import { folder, openIn } from "../support/folders.ts";
import { patternBytes } from "../support/pattern.ts";
import { describeModels } from "../support/runtimes.ts";

const guard = { timeout: 180_000 };

/** A pipe with a name. */
function pipe(path: string): string {
  const name = join(path, "pipe");
  execFileSync("mkfifo", [name]);
  return name;
}

/** Starts an operation in a task, lets it come to its wait, and cancels it. @returns what its wait ended with */
function* cancelled<T>(operation: Operation<T>) {
  let ending: unknown = "nothing";
  const task = yield* spawn(function* () {
    try {
      ending = yield* operation;
    } catch (error) {
      ending = error;
      throw error;
    } finally {
      if (ending === "nothing") ending = "cancelled";
    }
  });
  yield* sleep(1);
  yield* task.cancel();
  return ending;
}

describeModels((runtime) => {
  it("a read of a pipe that is cancelled leaves what comes later to the next", guard, async (t) => {
    const path = pipe(folder(t));
    await runtime.run(function* () {
      const file = yield* open(path, "r+");
      const into = Buffer.alloc(10);
      assert.equal(yield* cancelled(file.read(into)), "cancelled");
      yield* file.write("later");
      assert.equal(into.toString("latin1"), "\0".repeat(10), "the memory is the program's again");
      const next = Buffer.alloc(10);
      assert.equal(yield* file.read(next), 5);
      assert.equal(next.toString("latin1", 0, 5), "later");
      yield* file.close();
    });
  });

  it("bytes that have come when a read of a pipe is cancelled are the next one's", guard, async (t) => {
    const path = pipe(folder(t));
    const writer = fs.openSync(path, "r+");
    t.after(() => fs.closeSync(writer));
    await runtime.run(function* () {
      const file = yield* open(path, "r+");
      const count = 300;
      const found: Buffer[] = [];
      /** Reads, in one piece or two, and notes what comes. */
      const read = function* (pieces: Buffer[]) {
        const length = yield* pieces.length === 1 ? file.read(pieces[0]!) : file.readv(pieces);
        found.push(Buffer.concat(pieces).subarray(0, length));
      };
      for (let i = 0; i < count; i++) {
        const task = yield* spawn(() =>
          read(i % 2 === 0 ? [Buffer.alloc(10)] : [Buffer.alloc(1), Buffer.alloc(9)]),
        );
        // Another may wait behind it, or come before anybody knows whether it has read something.
        const behind = i % 3 === 0 ? yield* spawn(() => read([Buffer.alloc(4)])) : null;
        for (let turn = 0; turn < i % 4; turn++) yield* sleep(0);
        fs.writeSync(writer, Buffer.from([i % 251]));
        if (i % 5 === 0) yield* sleep(1);
        yield* task.cancel();
        yield* behind?.cancel() ?? sleep(0);
      }
      while (Buffer.concat(found).length < count) yield* read([Buffer.alloc(7)]);
      assert.deepEqual(
        [...Buffer.concat(found)],
        Array.from({ length: count }, (_, i) => i % 251),
      );
      yield* file.close();
    });
  });

  it("a stream of a pipe's chunks that is left gives back what it has read ahead", guard, async (t) => {
    const path = pipe(folder(t));
    await runtime.run(function* () {
      const file = yield* open(path, "r+");
      const stream = chunks(file);
      yield* file.write("one");
      assert.equal((yield* stream.next()).value?.toString(), "one");
      const next = yield* spawn(() => stream.next());
      yield* sleep(1);
      yield* next.cancel();
      yield* file.write("two");
      yield* sleep(20);
      yield* stream.return();
      const into = Buffer.alloc(10);
      assert.equal(into.toString("latin1", 0, yield* file.read(into)), "two");
      yield* file.close();
    });
  });

  it("a read of a pipe ends when it is cancelled or its file is closed at once", guard, async (t) => {
    const path = pipe(folder(t));
    await runtime.run(function* () {
      for (let i = 0; i < 40; i++) {
        const file = yield* open(path, "r+");
        const reading = yield* spawn(function* () {
          yield* rejects(file.read(Buffer.alloc(1)), { code: i % 2 === 0 ? "ABORT_ERR" : "EBADF" });
        });
        // Its first call, which is refused, is under way or has just ended.
        for (let turn = 0; turn < i % 4; turn++) yield* sleep(0);
        if (i % 2 === 0) yield* reading.cancel();
        yield* file.close();
        if (i % 2 === 1) yield* reading;
      }
    });
  });

  it("closing ends the wait for a pipe's data and for a lock, and nothing else", guard, async (t) => {
    const path = folder(t);
    const name = pipe(path);
    await runtime.run(function* () {
      const file = yield* open(name, "r+");
      const reading = yield* spawn(function* () {
        yield* rejects(file.read(Buffer.alloc(1)), { code: "EBADF", message: /closed/ });
      });
      yield* sleep(1);
      yield* file.close();
      yield* reading;
      const [one, other] = [yield* open(join(path, "file"), "w+"), yield* open(join(path, "file"), "r+")];
      yield* one.lock();
      const locking = yield* spawn(function* () {
        let hasFailed = false;
        try {
          yield* other.lock();
        } catch (error) {
          hasFailed = error instanceof CancelledError || (error as NodeJS.ErrnoException).code === "EBADF";
        }
        assert.ok(hasFailed);
      });
      yield* sleep(1);
      yield* other.close();
      yield* locking;
      const data = Buffer.concat([patternBytes(0, 5_000_000)]);
      const writing = yield* spawn(() => one.write(data));
      yield* sleep(0);
      yield* one.close();
      assert.equal(yield* writing, data.length);
      assert.ok(fs.readFileSync(join(path, "file")).equals(data));
    });
  });

  it("the wait for a lock can be cancelled, and does not get it afterwards", guard, async (t) => {
    const path = join(folder(t), "file");
    await runtime.run(function* () {
      const files: File[] = [];
      for (let i = 0; i < 3; i++) files.push(yield* open(path, "a"));
      const [holder, waiter, third] = files as [File, File, File];
      const lock = yield* holder.lock();
      assert.equal(yield* cancelled(waiter.lock()), "cancelled");
      lock!.release();
      assert.notEqual(yield* third.lock({ wait: false }), null);
      for (const file of files) yield* file.close();
    });
  });

  it("work for the disk that is cancelled ends, and what comes next is as ever", guard, async (t) => {
    const path = join(folder(t), "file");
    const data = Buffer.concat([patternBytes(0, 2_000_000)]);
    await runtime.run(function* () {
      const file = yield* open(path, "w+");
      for (const delayMs of [0, 0, 1, 2]) {
        const task = yield* spawn(function* () {
          yield* spawn(() => file.write(data, { position: 0 }));
          yield* spawn(() => file.sync());
          yield* spawn(() => file.datasync());
          yield* spawn(() => file.read(Buffer.alloc(2_000_000), { position: 0 }));
        });
        yield* sleep(delayMs);
        yield* task.cancel();
        // What was done before the cancellation came is done.
        assert.ok(task.state === "cancelled" || task.state === "succeeded", task.state);
      }
      assert.equal(yield* file.write(data, { position: 0 }), data.length);
      yield* file.sync();
      yield* file.close();
    });
    assert.ok(fs.readFileSync(path).equals(data));
  });

  it(
    "ranges that are read when they are cancelled leave the file and the memory to what comes next",
    guard,
    async (t) => {
      const path = join(folder(t), "file");
      fs.writeFileSync(path, patternBytes(0, 4_000_000));
      await runtime.run(function* () {
        const file = yield* open(path);
        const ranges = Array.from({ length: 400 }, (_, i) => ({
          position: 10_000 * i,
          into: Buffer.alloc(10_000),
        }));
        for (const delayMs of [0, 0, 1, 2]) {
          const task = yield* spawn(() => parallelRead(file, ranges, { concurrency: 20 }));
          yield* sleep(delayMs);
          yield* task.cancel();
          assert.ok(task.state === "cancelled" || task.state === "succeeded", task.state);
          // The kernel has let go of it.
          for (const { into } of ranges) into.fill("-");
          yield* sleep(1);
          for (const { into } of ranges) assert.ok(into.every((byte) => byte === 45));
        }
        assert.ok(Buffer.concat(yield* parallelRead(file, ranges)).equals(patternBytes(0, 4_000_000)));
        yield* file.close();
      });
    },
  );

  it("a write that is cancelled half-way says how far it came", guard, async (t) => {
    const path = pipe(folder(t));
    await runtime.run(function* () {
      const [reading, writing] = [yield* open(path, "r+"), yield* open(path, "r+")];
      let error: CancelledTransfer | undefined;
      const task = yield* spawn(function* () {
        try {
          yield* writing.write(Buffer.alloc(1_000_000, "x"));
        } catch (caught) {
          error = caught as CancelledTransfer;
          throw caught;
        }
      });
      const into = Buffer.alloc(2_000_000);
      let count = yield* reading.read(into.subarray(0, 1));
      yield* task.cancel();
      // A cancelled wait is a return() of the coroutine's, unless its error was told before.
      const written = error?.bytesTransferred;
      yield* spawn(() => writing.write("end"));
      while (!into.toString("latin1", 0, count).includes("end")) {
        count += yield* reading.read(into.subarray(count));
      }
      if (written !== undefined) assert.equal(count, written + 3);
      assert.ok(count < 1_000_003, "it was cut short");
      yield* writing.close();
      yield* reading.close();
    });
  });

  it("whole files that are cancelled leave no descriptor open and nothing behind", guard, async (t) => {
    const path = folder(t);
    const names = Array.from({ length: 200 }, (_, i) => join(path, String(i)));
    for (const name of names) fs.writeFileSync(name, patternBytes(0, 5000));
    await runtime.run(function* () {
      for (const delayMs of [0, 0, 1, 2, 3, 5]) {
        const task = yield* spawn(function* () {
          yield* spawn(() => readFiles(names));
          yield* spawn(() => writeFile(join(path, "new"), Buffer.alloc(3_000_000), { atomic: true }));
        });
        yield* sleep(delayMs);
        yield* task.cancel();
        // What nobody was there to have is closed soon.
        while (openIn(path).length > 0) yield* sleep(1);
        assert.deepEqual(
          fs.readdirSync(path).filter((name) => name.endsWith(".tmp")),
          [],
        );
      }
      assert.equal((yield* readFile(names[0]!)).length, 5000);
    });
  });

  it(
    "a file that is replaced has nothing beside it, from however far up that is cancelled",
    guard,
    async (t) => {
      const path = folder(t);
      await runtime.run(function* () {
        for (let round = 0; round < 60; round++) {
          const outer = yield* spawn(function* () {
            const inner = yield* spawn(() =>
              writeFile(join(path, "file"), Buffer.alloc(300_000), { atomic: true }),
            );
            for (let turn = 0; turn < round % 10; turn++) yield* sleep(0);
            // Its clean-up runs when the task around it is cancelled, too.
            yield* spawn(() => inner.cancel());
            yield* sleep(1000);
          });
          for (let turn = 0; turn < round % 12; turn++) yield* sleep(0);
          yield* outer.cancel();
          assert.deepEqual(
            fs.readdirSync(path).filter((name) => name !== "file"),
            [],
          );
        }
        while (openIn(path).length > 0) yield* sleep(1);
      });
    },
  );
});
