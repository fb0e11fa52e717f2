import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { batch, each, pipe } from "../../../src/stream/index.ts";
import { run } from "../../../src/task/index.ts";
import { collect, Feed, numbers } from "../support/feed.ts";
import { turns } from "../support/operations.ts";

const END = { done: true, value: undefined };

/** Long enough never to pass in a test. */
const NEVER_MS = 1e8;

describe("batch()", () => {
  for (const options of [{ size: 3 }, { size: 3, withinMs: NEVER_MS }]) {
    describe(JSON.stringify(options), () => {
      it("gathers items, and in the last batch what is left", async () => {
        assert.deepEqual(await collect(pipe(numbers(7), batch(options))), [[1, 2, 3], [4, 5, 6], [7]]);
      });

      it("gives no empty batch", async () => {
        assert.deepEqual(await collect(pipe([], batch(options))), []);
        assert.deepEqual(await collect(pipe(numbers(3), batch(options))), [[1, 2, 3]]);
      });

      it("tells what came before a failure, and then the failure", async () => {
        const error = new Error("of the source");
        const batches = pipe(new Feed(1, 2, 3, 4).fail(error), batch(options));
        assert.deepEqual((await batches.next()).value, [1, 2, 3]);
        assert.deepEqual((await batches.next()).value, [4]);
        await assert.rejects(Promise.resolve(batches.next()), error);
        assert.deepEqual(await batches.next(), END);
      });

      it("keeps the items of a batch whose wait was cancelled for the next", async () => {
        const feed = new Feed(1, 2);
        const batches = pipe(feed, batch(options));
        const task = run(() => batches.next());
        while (feed.taken < 2 || !feed.isAwaited) await turns(1);
        await task.cancel();
        feed.push(3);
        assert.deepEqual((await batches.next()).value, [1, 2, 3]);
        await batches.return!();
      });

      it("closes the source once when its consumer leaves", async () => {
        const feed = new Feed(...numbers(10));
        await run(function* () {
          for (const _ of yield* each(pipe(feed, batch(options)))) break;
        });
        assert.equal(feed.closed, 1);
      });

      it("closes the source when its consumer is cancelled", async () => {
        const feed = new Feed(1);
        const task = run(function* () {
          for (const _ of yield* each(pipe(feed, batch(options)))) yield* each.next();
        });
        while (feed.taken === 0 || !feed.isAwaited) await turns(1);
        await task.cancel();
        assert.equal(feed.closed, 1);
        assert.equal(feed.isAwaited, false);
      });
    });
  }

  it("without a time takes nothing of the next batch before it is asked for", async () => {
    const feed = new Feed(...numbers(10));
    const batches = pipe(feed, batch({ size: 3 }));
    await batches.next();
    await turns();
    assert.equal(feed.taken, 3);
  });

  it("with a time reads ahead one batch at most", async () => {
    const feed = new Feed(...numbers(20));
    const batches = pipe(feed, batch({ size: 3, withinMs: NEVER_MS }));
    await batches.next();
    while (feed.taken < 6) await turns(1);
    await turns();
    assert.equal(feed.taken, 6);
    await batches.return!();
  });

  it("is complete when its time is over, and the items to come are the next batch's", async () => {
    const feed = new Feed(1, 2);
    const batches = pipe(feed, batch({ size: 100, withinMs: 1 }));
    const seen: number[] = [];
    while (seen.length < 2) seen.push(...((await batches.next()).value as number[]));
    const next = Promise.resolve(batches.next());
    await turns();
    feed.push(3);
    assert.deepEqual((await next).value, [3]);
    feed.end();
    assert.deepEqual(await batches.next(), END);
    assert.deepEqual(seen, [1, 2]);
  });

  it("waits for a first item, however long that takes", async () => {
    const feed = new Feed<number>();
    const next = Promise.resolve(pipe(feed, batch({ size: 2, withinMs: 0 })).next());
    while (!feed.isAwaited) await turns(1);
    feed.push(1).end();
    assert.deepEqual((await next).value, [1]);
  });

  it("refuses sizes and times that make no sense", () => {
    for (const size of [0, -1, 1.5, Number.POSITIVE_INFINITY]) {
      assert.throws(() => batch({ size }), { code: "ERR_OUT_OF_RANGE" });
    }
    assert.throws(() => batch({ size: 1, withinMs: -1 }), { code: "ERR_OUT_OF_RANGE" });
    assert.throws(() => batch({ size: 1, withinMs: "1" as unknown as number }), {
      code: "ERR_INVALID_ARG_TYPE",
    });
  });
});
