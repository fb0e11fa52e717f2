import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RateLimiter } from "../../../src/sync/index.ts";
import { currentLoop, run, spawn } from "../../../src/task/index.ts";
import { blockThread } from "../../support/settling.ts";
import { turns } from "../support/operations.ts";

describe("a rate limiter", () => {
  it("lets a burst go at once, and nothing more", () => {
    const limiter = new RateLimiter({ count: 3, perMs: 3_600_000, burst: 5 });
    assert.equal(limiter.available, 5);
    assert.equal(limiter.tryAcquire(2), true);
    for (let i = 0; i < 3; i++) assert.equal(limiter.tryAcquire(), true);
    assert.equal(limiter.tryAcquire(), false);
    assert.equal(limiter.available, 0);
  });

  it("has a burst as large as its count unless it is told", () => {
    const limiter = new RateLimiter({ count: 3, perMs: 3_600_000 });
    assert.equal(limiter.available, 3);
  });

  for (const burst of [1, 4]) {
    it(`lets nobody go early, with a burst of ${burst}`, async () => {
      const perMs = 10;
      const count = 4;
      const limiter = new RateLimiter({ count, perMs, burst });
      const start = performance.now();
      const went: number[] = [];
      await run(function* () {
        for (let i = 0; i < 20; i++) {
          yield* limiter.acquire();
          went.push(performance.now() - start);
        }
      });
      went.forEach((at, i) => {
        const dueMs = (i + 1 - burst) * (perMs / count);
        assert.ok(at >= dueMs - 1e-6, `${i} went at ${at}, and was due at ${dueMs}`);
      });
    });
  }

  it("serves in the order of coming, and lets nobody overtake who asks for many", async () => {
    const limiter = new RateLimiter({ count: 100, perMs: 100, burst: 3 });
    limiter.tryAcquire(3);
    const order: string[] = [];
    await run(function* () {
      for (const [name, count] of Object.entries({ a: 1, many: 3, b: 1, c: 2 })) {
        yield* spawn(function* () {
          yield* limiter.acquire(count);
          order.push(name);
        });
      }
      yield* spawn(function* () {
        assert.equal(limiter.tryAcquire(), false);
        yield* limiter.acquire();
        order.push("late");
      });
    });
    assert.deepEqual(order, ["a", "many", "b", "c", "late"]);
  });

  it("makes up for what was late: the rate does not drift", async () => {
    const limiter = new RateLimiter({ count: 100, perMs: 500, burst: 1 });
    limiter.tryAcquire();
    let gone = 0;
    const tasks = Array.from({ length: 20 }, () =>
      run(function* () {
        yield* limiter.acquire();
        gone++;
      }),
    );
    await turns();
    // Ten are due while nothing runs; the timer fires once for all of them.
    blockThread(51);
    await tasks[0];
    await turns();
    assert.ok(gone >= 10, `${gone} went`);
    await Promise.all(tasks);
  });

  it("does not make up for a long halt: not all go at once then", async () => {
    const limiter = new RateLimiter({ count: 5, perMs: 50, burst: 2 });
    limiter.tryAcquire(2);
    let gone = 0;
    const tasks = Array.from({ length: 100 }, () =>
      run(function* () {
        yield* limiter.acquire();
        gone++;
      }),
    );
    await turns();
    // Without a bound, all hundred would be due after this.
    blockThread(1000);
    await tasks[0];
    await turns();
    assert.ok(gone >= 7 && gone < 50, `${gone} went`);
    for (const task of tasks) task.cancel();
  });

  it("passes on the token of one who is cancelled before it goes on", async () => {
    const limiter = new RateLimiter({ count: 1, perMs: 3_600_000, burst: 1 });
    const { refs, timers } = currentLoop().statistics();
    const task = run(function* () {
      task.cancel();
      yield* limiter.acquire();
      assert.fail("it goes on");
    });
    await turns();
    assert.equal(task.state, "cancelled");
    assert.equal(limiter.available, 1);
    assert.deepEqual([currentLoop().statistics().refs, currentLoop().statistics().timers], [refs, timers]);
  });

  it("has the next wait for its own tokens only, when the first is cancelled", async () => {
    const limiter = new RateLimiter({ count: 10, perMs: 100, burst: 1000 });
    limiter.tryAcquire(999);
    const many = run(() => limiter.acquire(1000));
    const one = run(() => limiter.acquire());
    await turns();
    assert.deepEqual([many.state, one.state], ["running", "running"]);
    await many.cancel();
    await one;
  });

  it("leaves no timer, and nothing that keeps the process alive, when all have gone or are cancelled", async () => {
    const before = currentLoop().statistics();
    const limiter = new RateLimiter({ count: 1, perMs: 3_600_000 });
    limiter.tryAcquire();
    const tasks = Array.from({ length: 10 }, () => run(() => limiter.acquire()));
    await turns();
    assert.equal(currentLoop().statistics().timers, before.timers + 1);
    assert.equal(currentLoop().statistics().refs, before.refs + 1);
    for (const task of tasks) await task.cancel();
    assert.equal(currentLoop().statistics().timers, before.timers);
    assert.equal(currentLoop().statistics().refs, before.refs);
  });

  it("is awaited", async () => {
    const limiter = new RateLimiter({ count: 1, perMs: 1 });
    for (let i = 0; i < 5; i++) await limiter.acquire();
  });
});
