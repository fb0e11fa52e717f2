import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Coroutine, currentLoop, run, sleep, spawn } from "../../../src/task/index.ts";
import { body, turns } from "../support/operations.ts";
import { Random, seeds } from "../support/random.ts";

describe("sleep", () => {
  it("wakes sleepers in the order of their times, whatever order they were set in", async (t) => {
    for (const seed of seeds(2)) {
      t.diagnostic(`seed ${seed}`);
      const random = new Random(seed);
      // When its time comes is known up to what passes while it goes to sleep, and to a whole millisecond.
      const woken: { from: number; to: number }[] = [];
      const sleepers = Array.from({ length: 200 }, () => {
        const delay = random.below(60);
        const bounds = { from: performance.now() + delay, to: 0 };
        const sleeper = sleep(delay).then(() => woken.push(bounds));
        bounds.to = Math.ceil(performance.now() + delay);
        return sleeper;
      });
      await Promise.all(sleepers);
      assert.equal(woken.length, 200);
      woken.forEach(({ from }, i) => {
        for (const later of woken.slice(i + 1)) assert.ok(later.to >= from, "it is overtaken by a later one");
      });
    }
  });

  it("wakes equal sleepers in the order in which they went to sleep", async () => {
    const woken: number[] = [];
    await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        sleep(5).then(() => {
          woken.push(i);
        }),
      ),
    );
    assert.deepEqual(
      woken,
      Array.from({ length: 100 }, (_, i) => i),
    );
  });

  it("is never shorter than asked for", async () => {
    for (const delay of [0, 0.1, 0.9, 1, 1.5, 2.7, 10, 20.5]) {
      const start = performance.now();
      await sleep(delay);
      assert.ok(performance.now() - start >= delay);
      const slept = await run(function* () {
        const start = performance.now();
        yield* sleep(delay);
        return performance.now() - start;
      });
      assert.ok(slept >= delay);
    }
  });

  it("of nothing still lets others have a turn", async () => {
    const log: string[] = [];
    await run(function* () {
      yield* spawn(body(() => log.push("other")));
      yield* sleep(0);
      log.push("sleeper");
    });
    assert.deepEqual(log, ["other", "sleeper"]);
  });

  for (const delay of [-1, -0.001, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    it(`refuses ${delay} with ERR_OUT_OF_RANGE, at once`, () => {
      assert.throws(() => sleep(delay), { name: "RangeError", code: "ERR_OUT_OF_RANGE" });
    });
  }

  for (const delay of ["5", "", null, undefined, true, [], [5], {}, 5n, new Date()]) {
    it(`refuses ${typeof delay} ${JSON.stringify(delay, (_, v) => (typeof v === "bigint" ? `${v}n` : v))}`, () => {
      assert.throws(() => sleep(delay as unknown as number), /sleep\(\)/);
    });
  }

  it("takes times of any length, and can be cancelled then", async () => {
    const { timers } = currentLoop().statistics();
    for (const delay of [2 ** 31, 1e12, 1e18, Number.MAX_VALUE]) {
      const task = run(function* () {
        yield* sleep(delay);
      });
      await turns();
      assert.equal(task.state, "running");
      assert.equal(currentLoop().statistics().timers, timers + 1);
      await task.cancel();
      assert.equal(task.state, "cancelled");
    }
    assert.equal(currentLoop().statistics().timers, timers);
  });

  it("leaves no timer and nothing that keeps the process alive behind when it is cancelled", async () => {
    const before = currentLoop().statistics();
    const task = run(function* () {
      for (let i = 0; i < 1000; i++) {
        yield* spawn(function* () {
          yield* sleep(1e6 + i);
        });
      }
    });
    await turns();
    assert.equal(currentLoop().statistics().timers, before.timers + 1000);
    assert.equal(currentLoop().statistics().refs, before.refs + 1000);
    await task.cancel();
    assert.equal(currentLoop().statistics().timers, before.timers);
    assert.equal(currentLoop().statistics().refs, before.refs);
  });

  it("serves ten thousand sleepers", async () => {
    let woken = 0;
    function* sleeper(delay: number): Coroutine<void> {
      yield* sleep(delay);
      woken++;
    }
    await run(function* () {
      for (let i = 0; i < 10_000; i++) yield* spawn(() => sleeper(i % 50));
    });
    assert.equal(woken, 10_000);
  });
});
