import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { each, map, pipe } from "../../../src/stream/index.ts";
import { run, sleep } from "../../../src/task/index.ts";
import { collect, Feed, numbers } from "../support/feed.ts";
import { Instant, turns } from "../support/operations.ts";

describe("map()", () => {
  it("makes another item of each, by a plain function", async () => {
    const indices: number[] = [];
    const doubled = pipe(
      [1, 2, 3],
      map((n, index) => {
        indices.push(index);
        return n * 2;
      }),
    );
    assert.deepEqual(await collect(doubled), [2, 4, 6]);
    assert.deepEqual(indices, [0, 1, 2]);
  });

  it("makes another item of each, by a generator function that waits", async () => {
    const slow = pipe(
      [3, 1, 2],
      map(function* (n) {
        yield* sleep(n);
        return `${n}`;
      }),
    );
    assert.deepEqual(await collect(slow), ["3", "1", "2"]);
  });

  it("makes another item of each, by an async function, and by one that returns an operation", async () => {
    const mapped = pipe(
      [1, 2],
      map(async (n) => n + 1),
      map((n) => new Instant(n * 10)),
    );
    assert.deepEqual(await collect(mapped), [20, 30]);
  });

  it("gives what is not waited for as it is", async () => {
    const values = [null, undefined, { next: 1 }, [1], new Map().values()];
    assert.deepEqual(
      await collect(
        pipe(
          values,
          map((value) => value),
        ),
      ),
      values,
    );
  });

  it("takes nothing before it is asked, and one item at a time", async () => {
    const feed = new Feed(1, 2, 3).end();
    const mapped = pipe(
      feed,
      map((n) => n),
    );
    await turns();
    assert.equal(feed.taken, 0);
    for (const taken of [1, 2, 3]) {
      assert.deepEqual(await mapped.next(), { done: false, value: taken });
      assert.equal(feed.taken, taken);
    }
    assert.deepEqual(await mapped.next(), { done: true, value: undefined });
    assert.deepEqual(await mapped.next(), { done: true, value: undefined });
  });

  it("can be waited for with yield* and with await in turn", async () => {
    const mapped = pipe(
      numbers(4),
      map(async (n) => n),
    );
    assert.equal((await mapped.next()).value, 1);
    assert.equal(
      await run(function* () {
        return (yield* mapped.next()).value;
      }),
      2,
    );
    assert.equal((await mapped.next()).value, 3);
  });

  it("closes the source once when the function throws, tells the error, and has ended then", async () => {
    const feed = new Feed(1, 2);
    const error = new Error("in the function");
    const mapped = pipe(
      feed,
      map(() => {
        throw error;
      }),
      map((n) => n),
    );
    await assert.rejects(collect(mapped), error);
    assert.deepEqual(await mapped.next(), { done: true, value: undefined });
    assert.equal(feed.closed, 1);
  });

  it("lets an error of the source through, which has ended with it", async () => {
    const error = new Error("of the source");
    const feed = new Feed(1).fail(error);
    const mapped = pipe(
      feed,
      map((n) => n),
    );
    assert.equal((await mapped.next()).value, 1);
    await assert.rejects(Promise.resolve(mapped.next()), error);
    assert.equal(feed.closed, 0);
  });

  it("tells the function's error although closing the source fails too", async () => {
    const feed = new Feed(1);
    feed.closeError = new Error("cannot close");
    const mapped = pipe(
      feed,
      map(() => Promise.reject(new Error("first"))),
    );
    await assert.rejects(collect(mapped), /first/);
    assert.equal(feed.closed, 1);
  });

  it("ends a function that waits when its consumer is cancelled, and closes the source", async () => {
    const feed = new Feed(1, 2);
    const log: string[] = [];
    const task = run(function* () {
      const slow = pipe(
        feed,
        map(function* (n) {
          try {
            log.push("begun");
            yield* sleep(1e6);
            return n;
          } finally {
            log.push(`ended, ${feed.closed} closed`);
          }
        }),
      );
      for (const _ of yield* each(slow)) yield* each.next();
    });
    while (log.length === 0) await turns(1);
    await task.cancel();
    assert.deepEqual(log, ["begun", "ended, 0 closed"]);
    assert.equal(feed.closed, 1);
  });

  it("closes the source when for await is left", async () => {
    const feed = new Feed(1, 2);
    for await (const _ of pipe(
      feed,
      map((n) => n),
    ))
      break;
    assert.equal(feed.closed, 1);
    assert.equal(feed.taken, 1);
  });

  it("closes nothing twice", async () => {
    const feed = new Feed(1, 2);
    const mapped = pipe(
      feed,
      map((n) => n),
    );
    await mapped.return!();
    await mapped.return!();
    assert.equal(feed.closed, 1);
    assert.deepEqual(await mapped.next(), { done: true, value: undefined });
    assert.equal(feed.taken, 0);
  });
});
