import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { each, merge } from "../../../src/stream/index.ts";
import { run, sleep } from "../../../src/task/index.ts";
import { collect, Feed, numbers } from "../support/feed.ts";
import { turns } from "../support/operations.ts";

describe("merge()", () => {
  it("gives all items of all sources, those of each in their order", async () => {
    const merged = await collect(merge(numbers(5), ["a", "b"], []));
    assert.deepEqual(
      merged.filter((item) => typeof item === "number"),
      numbers(5),
    );
    assert.deepEqual(
      merged.filter((item) => typeof item === "string"),
      ["a", "b"],
    );
  });

  it("ends at once if there are no sources", async () => {
    assert.deepEqual(await collect(merge()), []);
  });

  it("gives items in the order of their arrival", async () => {
    const feeds = [new Feed<string>(), new Feed<string>()] as const;
    const merged = merge(...feeds);
    for (const [which, item] of [
      [1, "a"],
      [0, "b"],
      [0, "c"],
      [1, "d"],
    ] as const) {
      const next = Promise.resolve(merged.next());
      await turns(1);
      feeds[which].push(item);
      assert.equal((await next).value, item);
    }
    await merged.return!();
  });

  it("lets no source wait behind one that always has something", async () => {
    const merged = merge(numbers(1000), ["rare"]);
    const first = [(await merged.next()).value, (await merged.next()).value, (await merged.next()).value];
    assert.ok(first.includes("rare"), String(first));
    await merged.return!();
  });

  it("takes at most one item of each source ahead", async () => {
    const feeds = [new Feed(...numbers(10)), new Feed(...numbers(10))] as const;
    const merged = merge(...feeds);
    assert.equal(feeds[0].taken + feeds[1].taken, 0);
    await merged.next();
    while (feeds[0].taken + feeds[1].taken < 3) await turns(1);
    await turns();
    assert.equal(feeds[0].taken + feeds[1].taken, 3);
    await merged.return!();
  });

  it("closes all others when one fails, after what came before", async () => {
    const error = new Error("of one source");
    const feeds = [new Feed(1), new Feed<number>().fail(error), new Feed<number>().end()] as const;
    const merged = merge(...feeds);
    assert.equal((await merged.next()).value, 1);
    await assert.rejects(Promise.resolve(merged.next()), error);
    assert.deepEqual(
      feeds.map(({ closed, isAwaited }) => [closed, isAwaited]),
      [
        [1, false],
        [0, false],
        [0, false],
      ],
    );
    assert.deepEqual(await merged.next(), { done: true, value: undefined });
  });

  it("closes all when its consumer leaves, though closing one of them fails", async () => {
    const feeds = [new Feed(1), new Feed(2), new Feed(3)] as const;
    feeds[0].closeError = new Error("cannot close");
    const task = run(function* () {
      for (const _ of yield* each(merge(...feeds))) break;
    });
    await assert.rejects(task.promise, feeds[0].closeError);
    assert.deepEqual(
      feeds.map(({ closed }) => closed),
      [1, 1, 1],
    );
  });

  it("tells all failures of closing", async () => {
    const feeds = [new Feed(1), new Feed(2)] as const;
    for (const feed of feeds) feed.closeError = new Error("cannot close");
    const merged = merge(...feeds);
    await merged.next();
    await assert.rejects(async () => await merged.return!(), AggregateError);
  });

  it("closes all when its consumer is cancelled", async () => {
    const feeds = [new Feed(1), new Feed(2)] as const;
    const task = run(function* () {
      for (const _ of yield* each(merge(...feeds))) yield* each.next();
    });
    while (!feeds.every((feed) => feed.isAwaited)) await turns(1);
    await task.cancel();
    assert.deepEqual(
      feeds.map(({ closed, isAwaited }) => [closed, isAwaited]),
      [
        [1, false],
        [1, false],
      ],
    );
  });

  it("goes on with those that are left when one has ended", async () => {
    const feeds = [new Feed(1).end(), new Feed<number>()] as const;
    const merged = merge(...feeds);
    assert.equal((await merged.next()).value, 1);
    const next = Promise.resolve(merged.next());
    await run(() => sleep(1));
    feeds[1].push(2).end();
    assert.equal((await next).value, 2);
    assert.deepEqual(await merged.next(), { done: true, value: undefined });
  });
});
