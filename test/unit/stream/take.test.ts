import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { drop, pipe, take } from "../../../src/stream/index.ts";
import { collect, Feed, numbers } from "../support/feed.ts";

describe("take()", () => {
  it("ends after the first items and closes the source, of which it takes no more", async () => {
    const feed = new Feed(...numbers(10));
    assert.deepEqual(await collect(pipe(feed, take(3))), [1, 2, 3]);
    assert.equal(feed.taken, 3);
    assert.equal(feed.closed, 1);
  });

  it("takes nothing at all if nothing is wanted", async () => {
    const feed = new Feed(1);
    assert.deepEqual(await collect(pipe(feed, take(0))), []);
    assert.equal(feed.taken, 0);
    assert.equal(feed.closed, 1);
  });

  it("ends with a shorter source", async () => {
    const feed = new Feed(1, 2).end();
    assert.deepEqual(await collect(pipe(feed, take(3))), [1, 2]);
    assert.equal(feed.closed, 0);
  });
});

describe("drop()", () => {
  it("leaves out the first items", async () => {
    assert.deepEqual(await collect(pipe(numbers(5), drop(3))), [4, 5]);
    assert.deepEqual(await collect(pipe(numbers(5), drop(0))), numbers(5));
    assert.deepEqual(await collect(pipe(numbers(5), drop(9))), []);
  });
});

describe("counts", () => {
  for (const [name, stage] of [
    ["take", take],
    ["drop", drop],
  ] as const) {
    it(`of ${name}() are whole numbers of 0 or more`, () => {
      for (const count of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        assert.throws(() => stage(count), { name: "RangeError", code: "ERR_OUT_OF_RANGE" });
      }
      assert.throws(() => stage("3" as unknown as number), {
        name: "TypeError",
        code: "ERR_INVALID_ARG_TYPE",
      });
    });
  }
});
