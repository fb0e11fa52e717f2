import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Deque } from "../../../src/sync/deque.ts";
import { Random, seeds } from "../support/random.ts";

describe("the deque", () => {
  it("gives values in their order, and undefined when it is empty", () => {
    const deque = new Deque<number>();
    assert.equal(deque.shift(), undefined);
    deque.push(1);
    deque.push(2);
    deque.unshift(0);
    assert.equal(deque.length, 3);
    assert.deepEqual([deque.shift(), deque.shift(), deque.shift(), deque.shift()], [0, 1, 2, undefined]);
    assert.equal(deque.length, 0);
  });

  it("is empty after it was cleared, and goes on", () => {
    const deque = new Deque<number>();
    for (let i = 0; i < 100; i++) deque.push(i);
    deque.clear();
    assert.equal(deque.length, 0);
    deque.push(5);
    assert.deepEqual([deque.shift(), deque.shift()], [5, undefined]);
  });

  it("is an array in all but speed", (t) => {
    for (const seed of seeds()) {
      t.diagnostic(`seed ${seed}`);
      const random = new Random(seed);
      const deque = new Deque<number>();
      const model: number[] = [];
      for (let i = 0; i < 5000; i++) {
        const growing = i % 1000 < 500;
        if (random.chance(growing ? 0.6 : 0.3)) {
          deque.push(i);
          model.push(i);
        } else if (random.chance(0.2)) {
          deque.unshift(i);
          model.unshift(i);
        } else {
          assert.equal(deque.shift(), model.shift());
        }
        assert.equal(deque.length, model.length);
      }
      while (model.length > 0) assert.equal(deque.shift(), model.shift());
    }
  });
});
