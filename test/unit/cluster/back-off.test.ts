import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BackOff } from "../../../src/cluster/back-off.ts";

describe("BackOff", () => {
  it("doubles the wait with each failure, up to the longest", () => {
    const backOff = new BackOff({ firstMs: 100, maxMs: 1000 });
    const waits = Array.from({ length: 6 }, () => backOff.next(0));
    assert.deepEqual(waits, [100, 200, 400, 800, 1000, 1000]);
  });

  it("begins anew after a life as long as the longest wait, and not before", () => {
    const backOff = new BackOff({ firstMs: 100, maxMs: 1000 });
    assert.deepEqual(
      [backOff.next(0), backOff.next(999), backOff.next(1000), backOff.next(0)],
      [100, 200, 100, 200],
    );
  });

  it("stays at the longest wait after any number of failures", () => {
    const backOff = new BackOff({ firstMs: 1, maxMs: 1000 });
    for (let i = 0; i < 5000; i++) backOff.next(0);
    assert.equal(backOff.next(0), 1000);
  });

  it("never waits where it is told so", () => {
    const backOff = new BackOff({ firstMs: 0, maxMs: 0 });
    assert.deepEqual([backOff.next(0), backOff.next(0)], [0, 0]);
  });
});
