import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeFrame, packValue, unpackValue } from "../../../src/framing/index.ts";
import { ringMemory, SharedRing } from "../../../src/ipc/shared-ring.ts";

/** Of every length of frame, so that some go around the end of the ring at every place. */
function valueAt(i: number): unknown {
  if (i % 3 === 0) return i;
  return i % 3 === 1 ? "x".repeat(i % 40) : { i };
}

describe("a ring in shared memory", () => {
  it("gives values back in order, also those that go around its end", () => {
    const memory = ringMemory(1024);
    const here = new SharedRing(memory);
    const there = new SharedRing(memory);
    let put = 0;
    for (let taken = 0; taken < 5000; ) {
      while (here.put(packValue(valueAt(put)))) put++;
      assert.equal(there.count, put - taken);
      for (let i = 0; i < 7; i++) assert.deepEqual(unpackValue(there.take()), valueAt(taken++));
    }
  });

  it("takes values back to its front", () => {
    const ring = new SharedRing(ringMemory(1024));
    for (const value of [1, "two", [3]]) ring.put(packValue(value));
    const first = ring.take();
    const second = ring.take();
    assert.ok(ring.putBack(second));
    assert.ok(ring.putBack(first));
    assert.deepEqual([ring.take(), ring.take(), unpackValue(ring.take())], [1, "two", [3]]);
    assert.ok(ring.isEmpty);
  });

  it("has room for its capacity and no more", () => {
    const ring = new SharedRing(ringMemory(1024));
    assert.ok(ring.holds(encodeFrame(Buffer.alloc(1020))));
    assert.equal(ring.holds(encodeFrame(Buffer.alloc(1021))), false);
    assert.ok(ring.put(encodeFrame(Buffer.alloc(1020))));
    assert.equal(ring.put(null), false);
    assert.equal(ring.putBack(null), false);
  });
});
