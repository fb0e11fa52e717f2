import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { each } from "../../../src/stream/index.ts";
import { Channel } from "../../../src/sync/index.ts";
import { type Coroutine, run, sleep, spawn } from "../../../src/task/index.ts";
import { Feed, numbers } from "../support/feed.ts";
import { turns } from "../support/operations.ts";

/** Loops to the end and gives what it has seen. */
function* listOf<T>(source: AsyncIterable<T> | Iterable<T>): Coroutine<T[]> {
  const items: T[] = [];
  for (const item of yield* each(source)) {
    items.push(item);
    yield* each.next();
  }
  return items;
}

describe("each()", () => {
  it("loops over a stream to its end, which closes nothing", async () => {
    const feed = new Feed(1, 2, 3).end();
    assert.deepEqual(await run(() => listOf(feed)), [1, 2, 3]);
    assert.equal(feed.closed, 0);
  });

  it("takes an item only when the loop asks for it", async () => {
    const feed = new Feed(1, 2, 3);
    await run(function* () {
      for (const item of yield* each(feed)) {
        yield* sleep(0);
        assert.equal(feed.taken, item);
        if (item === 3) break;
        yield* each.next();
      }
    });
  });

  it("loops over a channel until it is closed, and leaves it open for others when it is left", async () => {
    const channel = new Channel<number>({ capacity: 5 });
    for (const n of numbers(3)) channel.trySend(n);
    await run(function* () {
      for (const _ of yield* each(channel)) break;
    });
    assert.equal(channel.isClosed, false);
    channel.close();
    assert.deepEqual(await run(() => listOf(channel)), [2, 3]);
  });

  it("loops not at all over an empty source", async () => {
    assert.deepEqual(await run(() => listOf(new Feed().end())), []);
    assert.deepEqual(await run(() => listOf([])), []);
  });

  it("takes iterables, async generators and streams alike", async () => {
    async function* generate() {
      yield 1;
      yield 2;
    }
    assert.deepEqual(await run(() => listOf(new Set([1, 2]))), [1, 2]);
    assert.deepEqual(await run(() => listOf(generate())), [1, 2]);
    assert.deepEqual(await run(() => listOf({ [Symbol.asyncIterator]: generate })), [1, 2]);
  });

  it("closes the source once when the loop is left by break, and goes on at once", async () => {
    const feed = new Feed(1, 2);
    await run(function* () {
      for (const _ of yield* each(feed)) break;
      assert.equal(feed.closed, 0);
      yield* sleep(0);
    });
    assert.equal(feed.closed, 1);
    assert.equal(feed.taken, 1);
  });

  it("closes the source when the body throws, and lets the error through", async () => {
    const feed = new Feed(1, 2);
    const error = new Error("in the body");
    const task = run(function* () {
      for (const _ of yield* each(feed)) throw error;
    });
    await assert.rejects(task.promise, error);
    assert.equal(feed.closed, 1);
  });

  it("closes the source when the task is cancelled while it waits for an item, before the task has ended", async () => {
    const feed = new Feed(1);
    const task = run(() => listOf(feed));
    while (!feed.isAwaited) await turns(1);
    await task.cancel();
    assert.equal(task.state, "cancelled");
    assert.equal(feed.closed, 1);
  });

  it("closes the source when the task is cancelled while it waits for the first item", async () => {
    const feed = new Feed<number>();
    const task = run(() => listOf(feed));
    while (!feed.isAwaited) await turns(1);
    await task.cancel();
    assert.equal(feed.closed, 1);
  });

  it("closes the source when the task is cancelled in the loop's body", async () => {
    const feed = new Feed(1);
    const task = run(function* () {
      for (const _ of yield* each(feed)) yield* sleep(1e6);
    });
    while (feed.taken === 0) await turns(1);
    await task.cancel();
    assert.equal(feed.closed, 1);
  });

  it("loses no item that had come when the task was cancelled", async () => {
    const feed = new Feed<number>();
    const task = run(() => listOf(feed));
    while (!feed.isAwaited) await turns(1);
    feed.push(1);
    await task.cancel();
    assert.equal(feed.taken, 0);
  });

  it("throws what the source fails with into the loop, and does not close what has ended", async () => {
    const error = new Error("of the source");
    const feed = new Feed(1).fail(error);
    await run(function* () {
      const seen: number[] = [];
      try {
        for (const item of yield* each(feed)) {
          seen.push(item);
          yield* each.next();
        }
      } catch (thrown) {
        assert.equal(thrown, error);
      }
      assert.deepEqual(seen, [1]);
    });
    assert.equal(feed.closed, 0);
  });

  it("fails the task when closing fails", async () => {
    const feed = new Feed(1);
    feed.closeError = new Error("cannot close");
    const task = run(function* () {
      for (const _ of yield* each(feed)) break;
    });
    await assert.rejects(task.promise, feed.closeError);
  });

  it("says so when each.next() was forgotten, and closes the source", async () => {
    const feed = new Feed(1, 2);
    const task = run(function* () {
      for (const _ of yield* each(feed));
    });
    await assert.rejects(task.promise, {
      code: "ERR_INVALID_STATE",
      message: /yield\* each\.next\(\) at the end/,
    });
    assert.equal(feed.closed, 1);
  });

  it("says so when each.next() stands twice", async () => {
    const task = run(function* () {
      for (const _ of yield* each([1, 2, 3])) {
        yield* each.next();
        yield* each.next();
      }
    });
    await assert.rejects(task.promise, { code: "ERR_INVALID_STATE", message: /twice/ });
  });

  it("nests", async () => {
    const pairs = await run(function* () {
      const pairs: string[] = [];
      for (const outer of yield* each(["a", "b"])) {
        for (const inner of yield* each([1, 2, 3])) {
          if (inner === 3) break;
          pairs.push(outer + inner);
          yield* each.next();
        }
        yield* each.next();
      }
      return pairs;
    });
    assert.deepEqual(pairs, ["a1", "a2", "b1", "b2"]);
  });

  it("has a loop of its own in each task", async () => {
    const lists = await run(function* () {
      const first = yield* spawn(() => listOf(numbers(5)));
      const second = yield* spawn(() => listOf(numbers(3)));
      return [yield* first, yield* second];
    });
    assert.deepEqual(lists, [numbers(5), numbers(3)]);
  });

  it("refuses each.next() where there is no loop, also in a child of the loop's task", async () => {
    const expected = { code: "ERR_INVALID_STATE", message: /in the task that runs it/ };
    await assert.rejects(run(() => each.next()).promise, expected);
    const task = run(function* () {
      for (const _ of yield* each([1])) yield* yield* spawn(() => each.next());
    });
    await assert.rejects(task.promise, expected);
  });

  it("tells an async function what to write instead", async () => {
    await assert.rejects(Promise.resolve(each([1])), { code: "ERR_INVALID_STATE", message: /for await/ });
  });

  it("lets others run beside a long loop that never waits", async () => {
    function* endless() {
      for (;;) yield 1;
    }
    await run(function* () {
      const loop = yield* spawn(function* () {
        for (const _ of yield* each(endless())) yield* each.next();
      });
      yield* sleep(0);
      assert.equal(loop.state, "running");
      yield* loop.cancel();
    });
  });

  it("loops over 100,000 items", { timeout: 180_000 }, async () => {
    const sum = await run(function* () {
      let sum = 0;
      for (const item of yield* each(numbers(100_000))) {
        sum += item;
        yield* each.next();
      }
      return sum;
    });
    assert.equal(sum, 5_000_050_000);
  });
});
