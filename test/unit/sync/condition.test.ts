import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Condition, Mutex } from "../../../src/sync/index.ts";
import { run, sleep, spawn } from "../../../src/task/index.ts";
import { turns } from "../support/operations.ts";

/** A root task that waits and notes it. */
function waiter(condition: Condition, log: string[], name: string) {
  return run(function* () {
    yield* condition.wait();
    log.push(name);
  });
}

describe("a condition", () => {
  it("tells as many as asked for, those first who have waited longest", async () => {
    const condition = new Condition();
    const log: string[] = [];
    for (const name of ["a", "b", "c", "d"]) waiter(condition, log, name);
    await turns();
    assert.equal(condition.notify(), 1);
    await turns();
    assert.deepEqual(log, ["a"]);
    assert.equal(condition.notify(2), 2);
    await turns();
    assert.deepEqual(log, ["a", "b", "c"]);
    assert.equal(condition.notify(5), 1);
    assert.equal(condition.notify(), 0);
    assert.equal(condition.notifyAll(), 0);
  });

  it("tells all who wait, and not those who come later", async () => {
    const condition = new Condition();
    const log: string[] = [];
    const tasks = ["a", "b", "c"].map((name) => waiter(condition, log, name));
    await turns();
    assert.equal(condition.notifyAll(), 3);
    const late = waiter(condition, log, "late");
    await Promise.all(tasks);
    await turns();
    assert.deepEqual(log, ["a", "b", "c"]);
    assert.equal(late.state, "running");
    condition.notify();
    await late;
  });

  it("remembers nothing: a notice that nobody waits for is gone", async () => {
    const condition = new Condition();
    condition.notify();
    const task = run(() => condition.wait());
    await turns();
    assert.equal(task.state, "running");
    condition.notify();
    await task;
  });

  it("loses no notice: one who is cancelled before it goes on passes it to the next", async () => {
    const condition = new Condition();
    const log: string[] = [];
    const first = waiter(condition, log, "first");
    const second = waiter(condition, log, "second");
    await turns();
    condition.notify();
    await first.cancel();
    await second;
    assert.deepEqual(log, ["second"]);
  });

  it("forgets those who are cancelled while they wait", async () => {
    const condition = new Condition();
    const log: string[] = [];
    const tasks = ["a", "b", "c"].map((name) => waiter(condition, log, name));
    await turns();
    await tasks[0]!.cancel();
    await tasks[1]!.cancel();
    condition.notify();
    await tasks[2];
    assert.deepEqual(log, ["c"]);
  });

  it("guards what is shared, in a loop, without a mutex", async () => {
    const changed = new Condition();
    const stock: number[] = [];
    const sold: number[] = [];
    await run(function* () {
      for (let buyer = 0; buyer < 5; buyer++) {
        yield* spawn(function* () {
          for (let n = 0; n < 20; n++) {
            while (stock.length === 0) yield* changed.wait();
            sold.push(stock.pop()!);
            yield* sleep(0);
          }
        });
      }
      for (let n = 0; n < 100; n++) {
        stock.push(n);
        changed.notify();
        if (n % 7 === 0) yield* sleep(0);
      }
    });
    assert.equal(new Set(sold).size, 100);
  });

  it("goes with a mutex where the work itself waits: nothing comes between the release and the wait", async () => {
    const changed = new Condition();
    const mutex = new Mutex();
    let ready = false;
    const log: string[] = [];
    await run(function* () {
      yield* spawn(function* () {
        let lock = yield* mutex.lock();
        while (!ready) {
          lock.release();
          yield* changed.wait();
          lock = yield* mutex.lock();
        }
        log.push("goes on");
        lock.release();
      });
      yield* spawn(function* () {
        using _lock = yield* mutex.lock();
        yield* sleep(0);
        ready = true;
        changed.notify();
        log.push("made ready");
      });
    });
    assert.deepEqual(log, ["made ready", "goes on"]);
  });
});
