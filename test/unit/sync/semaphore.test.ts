import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Permit, Semaphore } from "../../../src/sync/index.ts";
import { run, sleep, spawn } from "../../../src/task/index.ts";
import { turns } from "../support/operations.ts";
import { Random, seeds } from "../support/random.ts";

/** A root task that acquires and notes it. */
function holder(semaphore: Semaphore, log: string[], name: string, count?: number) {
  return run(function* () {
    const permit = yield* semaphore.acquire(count);
    log.push(name);
    return permit;
  });
}

describe("a semaphore", () => {
  it("lets in no more than it has permits for", async () => {
    const semaphore = new Semaphore(3);
    let inside = 0;
    let most = 0;
    await run(function* () {
      for (let i = 0; i < 20; i++) {
        yield* spawn(function* () {
          using _permit = yield* semaphore.acquire();
          most = Math.max(most, ++inside);
          yield* sleep(0);
          inside--;
        });
      }
    });
    assert.equal(most, 3);
    assert.equal(semaphore.available, 3);
    assert.equal(semaphore.permits, 3);
  });

  it("serves those who wait in the order of their coming", async () => {
    const semaphore = new Semaphore(1);
    const order: number[] = [];
    await run(function* () {
      for (let i = 0; i < 10; i++) {
        yield* spawn(function* () {
          using _permit = yield* semaphore.acquire();
          order.push(i);
          if (i % 3 === 0) yield* sleep(0);
        });
      }
    });
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("lets nobody overtake who asks for many", async () => {
    const semaphore = new Semaphore(3);
    const log: string[] = [];
    const first = semaphore.tryAcquire(2)!;
    const many = holder(semaphore, log, "many", 3);
    const few = holder(semaphore, log, "few");
    await turns();
    assert.equal(semaphore.available, 1);
    assert.equal(semaphore.tryAcquire(), null);
    assert.deepEqual(log, []);
    first.release();
    (await many).release();
    await few;
    assert.deepEqual(log, ["many", "few"]);
  });

  it("goes on with those behind when who asks for many is cancelled", async () => {
    const semaphore = new Semaphore(2);
    const log: string[] = [];
    semaphore.tryAcquire();
    const many = holder(semaphore, log, "many", 2);
    const few = holder(semaphore, log, "few");
    await turns();
    await many.cancel();
    await few;
    assert.deepEqual(log, ["few"]);
    assert.equal(semaphore.available, 0);
  });

  it("hands a permit on whose taker is cancelled before it goes on", async () => {
    const semaphore = new Semaphore(1);
    const log: string[] = [];
    const permit = semaphore.tryAcquire()!;
    const first = holder(semaphore, log, "first");
    const second = holder(semaphore, log, "second");
    await turns();
    permit.release();
    await first.cancel();
    (await second).release();
    assert.deepEqual(log, ["second"]);
    assert.equal(semaphore.available, 1);
  });

  it("takes a permit back once, however often it is released", () => {
    const semaphore = new Semaphore(2);
    const permit = semaphore.tryAcquire(2)!;
    assert.equal(permit.count, 2);
    assert.equal(semaphore.tryAcquire(), null);
    permit.release();
    permit.release();
    permit[Symbol.dispose]();
    assert.equal(semaphore.available, 2);
  });

  it("is awaited", async () => {
    const semaphore = new Semaphore(1);
    const first = await semaphore.acquire();
    const second = Promise.resolve(semaphore.acquire());
    first.release();
    (await second).release();
    assert.equal(semaphore.available, 1);
  });

  it("loses and doubles no permit, whatever is cancelled when", async (t) => {
    for (const seed of seeds(3)) {
      t.diagnostic(`seed ${seed}`);
      const random = new Random(seed);
      const semaphore = new Semaphore(5);
      let held = 0;
      const tasks = Array.from({ length: 100 }, () =>
        run(function* () {
          for (let round = 0; round < 5; round++) {
            const count = 1 + random.below(5);
            using _permit: Permit = yield* semaphore.acquire(count);
            held += count;
            try {
              assert.ok(held <= 5);
              if (random.chance(0.5)) yield* sleep(0);
            } finally {
              held -= count;
            }
          }
        }),
      );
      for (const task of tasks) task.then(null, () => {});
      for (let i = 0; i < 200; i++) {
        random.pick(tasks).cancel();
        if (random.chance(0.5)) await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.allSettled(tasks);
      for (const task of tasks) assert.notEqual(task.state, "failed");
      assert.equal(semaphore.available, 5);
      assert.ok(semaphore.tryAcquire(5));
    }
  });
});
