import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buffer, each, map, pipe } from "../../../src/stream/index.ts";
import { run, sleep, Task } from "../../../src/task/index.ts";
import { collect, Feed, numbers } from "../support/feed.ts";
import { turns } from "../support/operations.ts";

describe("buffer()", () => {
  it("keeps the order and the end", async () => {
    assert.deepEqual(await collect(pipe(numbers(10), buffer(3))), numbers(10));
    assert.deepEqual(await collect(pipe([], buffer(3))), []);
  });

  it("reads nothing before the first wait, and then never more than its count ahead", async () => {
    const feed = new Feed(...numbers(20));
    const buffered = pipe(feed, buffer(3));
    await turns();
    assert.equal(feed.taken, 0);
    for (let asked = 1; asked <= 5; asked++) {
      assert.equal((await buffered.next()).value, asked);
      while (feed.taken < asked + 3) await turns(1);
      await turns();
      assert.equal(feed.taken, asked + 3);
    }
    await buffered.return!();
  });

  it("has the next items made while the consumer is busy", async () => {
    const made: number[] = [];
    await run(function* () {
      const buffered = pipe(
        numbers(3),
        map(function* (n) {
          yield* sleep(0);
          made.push(n);
          return n;
        }),
        buffer(2),
      );
      for (const _ of yield* each(buffered)) {
        while (made.length < 3) yield* sleep(1);
        yield* each.next();
      }
    });
    assert.deepEqual(made, [1, 2, 3]);
  });

  it("reads in a child of the task that loops", async () => {
    await run(function* () {
      const consumer = Task.current!;
      const readers = pipe(
        [1],
        map(() => [Task.current!]),
        buffer(1),
      );
      for (const [reader] of yield* each(readers)) {
        assert.notEqual(reader, consumer);
        assert.ok(reader!.isWithin(consumer));
        yield* each.next();
      }
    });
  });

  it("tells a failure after the items that came before it", async () => {
    const error = new Error("of the source");
    const buffered = pipe(new Feed(1, 2).fail(error), buffer(5));
    assert.equal((await buffered.next()).value, 1);
    await turns();
    assert.equal((await buffered.next()).value, 2);
    await assert.rejects(Promise.resolve(buffered.next()), error);
    assert.deepEqual(await buffered.next(), { done: true, value: undefined });
  });

  it("stops reading and closes the source once when the consumer leaves", async () => {
    const feed = new Feed(...numbers(2));
    await run(function* () {
      for (const _ of yield* each(pipe(feed, buffer(5)))) {
        while (!feed.isAwaited) yield* sleep(0);
        break;
      }
    });
    assert.equal(feed.closed, 1);
    assert.equal(feed.isAwaited, false);
  });

  it("stops reading and closes the source once when the consumer is cancelled", async () => {
    const feed = new Feed(1);
    const task = run(function* () {
      for (const _ of yield* each(pipe(feed, buffer(5), buffer(5)))) yield* each.next();
    });
    while (feed.taken === 0 || !feed.isAwaited) await turns(1);
    await task.cancel();
    assert.equal(feed.closed, 1);
    assert.equal(feed.isAwaited, false);
  });

  it("stops reading when for await is left", async () => {
    const feed = new Feed(...numbers(2));
    for await (const _ of pipe(feed, buffer(5))) break;
    assert.equal(feed.closed, 1);
    assert.equal(feed.isAwaited, false);
  });

  it("outlives a task that has only waited for one item", async () => {
    await run(function* () {
      const buffered = pipe(numbers(3), buffer(1));
      const first = run(() => buffered.next());
      assert.equal((yield* first).value, 1);
      assert.equal((yield* buffered.next()).value, 2);
      yield* buffered.return!();
    });
  });

  it("hands 100,000 items on", { timeout: 180_000 }, async () => {
    const sum = await run(function* () {
      let sum = 0;
      const piped = pipe(
        numbers(100_000),
        map((n) => n * 2),
        buffer(100),
      );
      for (const item of yield* each(piped)) {
        sum += item;
        yield* each.next();
      }
      return sum;
    });
    assert.equal(sum, 10_000_100_000);
  });

  it("refuses a count below 1", () => {
    assert.throws(() => buffer(0), { code: "ERR_OUT_OF_RANGE" });
  });
});
