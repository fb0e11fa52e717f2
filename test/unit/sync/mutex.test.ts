import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Mutex } from "../../../src/sync/index.ts";
import { run, sleep, spawn } from "../../../src/task/index.ts";
import { turns } from "../support/operations.ts";

/** A root task that locks and notes it. */
function locker(mutex: Mutex, log: string[], name: string) {
  return run(function* () {
    const lock = yield* mutex.lock();
    log.push(name);
    return lock;
  });
}

describe("a mutex", () => {
  it("lets in one at a time, in the order of their coming", async () => {
    const mutex = new Mutex();
    const log: string[] = [];
    await run(function* () {
      for (const name of ["a", "b", "c"]) {
        yield* spawn(function* () {
          using _lock = yield* mutex.lock();
          log.push(`${name} in`);
          yield* sleep(0);
          log.push(`${name} out`);
        });
      }
    });
    assert.deepEqual(log, ["a in", "a out", "b in", "b out", "c in", "c out"]);
    assert.equal(mutex.isLocked, false);
  });

  it("is unlocked by a task that fails or is cancelled within", async () => {
    const mutex = new Mutex();
    const failing = run(function* () {
      using _lock = yield* mutex.lock();
      yield* sleep(0);
      throw new Error("within");
    });
    await assert.rejects(failing.promise, /within/);
    assert.equal(mutex.isLocked, false);
    const waiting = run(function* () {
      using _lock = yield* mutex.lock();
      yield* sleep(1e6);
    });
    await turns();
    assert.equal(mutex.isLocked, true);
    await waiting.cancel();
    assert.equal(mutex.isLocked, false);
  });

  it("cannot be locked twice by the same task, which is told so", async () => {
    const mutex = new Mutex();
    const task = run(
      function* () {
        using _lock = yield* mutex.lock();
        assert.equal(mutex.tryLock(), null);
        yield* mutex.lock();
      },
      { name: "careless" },
    );
    await assert.rejects(task.promise, {
      code: "ERR_MUTEX_RELOCKED",
      message: /careless holds this mutex already/,
    });
    assert.equal(mutex.isLocked, false);
  });

  it("cannot be locked again by a task that was handed it, or that took it by tryLock", async () => {
    const mutex = new Mutex();
    const first = mutex.tryLock()!;
    const second = run(function* () {
      using _lock = yield* mutex.lock();
      yield* mutex.lock();
    });
    await turns();
    first.release();
    await assert.rejects(second.promise, { code: "ERR_MUTEX_RELOCKED" });
    const third = run(function* () {
      using _lock = mutex.tryLock()!;
      yield* mutex.lock();
    });
    await assert.rejects(third.promise, { code: "ERR_MUTEX_RELOCKED" });
  });

  it("can be locked again by the same task after its release", async () => {
    const mutex = new Mutex();
    await run(function* () {
      for (let i = 0; i < 3; i++) {
        const lock = yield* mutex.lock();
        lock.release();
        lock.release();
      }
    });
    assert.equal(mutex.isLocked, false);
  });

  it("stays another's when a lock is released twice", async () => {
    const mutex = new Mutex();
    const first = mutex.tryLock()!;
    first.release();
    const second = mutex.tryLock()!;
    first.release();
    assert.equal(mutex.isLocked, true);
    second.release();
    assert.equal(mutex.isLocked, false);
  });

  it("is handed on by one who is cancelled, whether it waits or was handed it", async () => {
    const mutex = new Mutex();
    const log: string[] = [];
    const lock = mutex.tryLock()!;
    const tasks = ["a", "b", "c"].map((name) => locker(mutex, log, name));
    await turns();
    await tasks[0]!.cancel();
    lock.release();
    await tasks[1]!.cancel();
    (await tasks[2]!).release();
    assert.deepEqual(log, ["c"]);
    assert.equal(mutex.isLocked, false);
  });

  it("is awaited by async functions, which take turns, too", async () => {
    const mutex = new Mutex();
    const log: string[] = [];
    const visit = async (name: string) => {
      using _lock = await mutex.lock();
      log.push(`${name} in`);
      await sleep(0);
      log.push(`${name} out`);
    };
    await Promise.all([visit("a"), visit("b")]);
    assert.deepEqual(log, ["a in", "a out", "b in", "b out"]);
  });
});
