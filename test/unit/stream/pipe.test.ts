import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buffer, each, map, pipe, type Source, take } from "../../../src/stream/index.ts";
import { run, timeout } from "../../../src/task/index.ts";
import { collect, Feed, numbers } from "../support/feed.ts";
import { turns } from "../support/operations.ts";

describe("pipe()", () => {
  it("makes a stream of a source alone", async () => {
    assert.deepEqual(await collect(pipe([1, 2])), [1, 2]);
    const feed = new Feed(1);
    assert.equal(pipe(feed), feed);
  });

  it("leads a source through functions in their order, and gives what the last one gives", () => {
    const seen = pipe(
      [1],
      () => "a",
      (value) => `${value}b`,
      (value) => value.length,
    );
    assert.equal(seen, 2);
  });

  it("takes async generator functions as stages, and closes what they loop over", async () => {
    const feed = new Feed("a b", "c d", "e");
    async function* words(lines: AsyncIterable<string>) {
      for await (const line of lines) yield* line.split(" ");
    }
    const first = pipe(
      feed,
      map((line) => line.toUpperCase()),
      words,
      take(3),
    );
    assert.deepEqual(await collect(first), ["A", "B", "C"]);
    assert.equal(feed.taken, 2);
  });

  it("loses no item when the wait for one is cut short", async () => {
    const feed = new Feed<number>();
    const piped = pipe(
      feed,
      map((n) => n),
      buffer(2),
      map((n) => n),
      take(100),
    );
    const seen: unknown[] = [];
    let pushed = 0;
    await run(function* () {
      while (seen.length < 20) {
        try {
          seen.push((yield* timeout(0, piped.next())).value);
        } catch {
          feed.push(++pushed);
        }
      }
    });
    await piped.return!();
    assert.deepEqual(seen, numbers(20));
  });

  it("refuses a wrong source when it is made", () => {
    assert.throws(() => pipe(5 as unknown as Source<number>, take(1)), { code: "ERR_INVALID_ARG_TYPE" });
  });

  it("ends nothing but itself when a consumer in the middle of a long chain leaves", async () => {
    const feed = new Feed(...numbers(10));
    await run(function* () {
      const piped = pipe(feed, buffer(2), buffer(2), buffer(2));
      for (const item of yield* each(piped)) {
        if (item === 2) break;
        yield* each.next();
      }
    });
    assert.equal(feed.closed, 1);
    await turns();
    assert.equal(feed.isAwaited, false);
  });
});
