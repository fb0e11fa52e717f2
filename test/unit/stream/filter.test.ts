import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { filter, pipe } from "../../../src/stream/index.ts";
import { sleep } from "../../../src/task/index.ts";
import { collect, Feed, numbers } from "../support/feed.ts";

describe("filter()", () => {
  it("lets through what a function, a coroutine or an async function finds good", async () => {
    const left = pipe(
      numbers(30),
      filter((n) => n % 2 === 0),
      filter(function* (n) {
        yield* sleep(0);
        return n % 3 === 0;
      }),
      filter(async (n) => n % 5 === 0),
    );
    assert.deepEqual(await collect(left), [30]);
  });

  it("takes only as many items as it needs for the one that is asked for", async () => {
    const feed = new Feed(...numbers(10));
    const even = pipe(
      feed,
      filter((n) => n % 4 === 0),
    );
    assert.equal((await even.next()).value, 4);
    assert.equal(feed.taken, 4);
  });

  it("ends with a source of which nothing is good", async () => {
    assert.deepEqual(
      await collect(
        pipe(
          numbers(10),
          filter(() => false),
        ),
      ),
      [],
    );
  });

  it("closes the source when the test throws", async () => {
    const feed = new Feed(1);
    const tested = pipe(
      feed,
      filter(() => {
        throw new Error("no idea");
      }),
    );
    await assert.rejects(collect(tested), /no idea/);
    assert.equal(feed.closed, 1);
  });
});
