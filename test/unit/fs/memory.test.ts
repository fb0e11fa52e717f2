import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addressFor, alignedBuffer, room } from "../../../src/fs/memory.ts";
import { addressOf } from "../../../src/sys/index.ts";

describe("memory for files", () => {
  it("begins where it is asked to, and is as long as it is asked to be", () => {
    for (const alignment of [1, 512, 4096, 65_536]) {
      for (const lengthBytes of [1, 4096, 100_000]) {
        const bytes = alignedBuffer(lengthBytes, alignment);
        assert.equal(addressOf(bytes) % alignment, 0);
        assert.equal(bytes.length, lengthBytes);
      }
    }
    assert.equal(addressOf(alignedBuffer(1)) % 4096, 0);
  });

  it("refuses what cannot be", () => {
    assert.throws(() => alignedBuffer(-1), { code: "ERR_OUT_OF_RANGE" });
    assert.throws(() => alignedBuffer(1, 3), { code: "ERR_OUT_OF_RANGE" });
    assert.throws(() => alignedBuffer(1, 0), { code: "ERR_OUT_OF_RANGE" });
  });

  it("of calls is at the address that is told, small or large, and nobody else's", () => {
    const rooms = [10, 300, 65_536, 65_537, 200_000, 10].map((lengthBytes) => room(lengthBytes));
    for (const [i, bytes] of rooms.entries()) bytes.fill(i);
    for (const [i, bytes] of rooms.entries()) {
      assert.equal(addressFor(bytes), addressOf(bytes));
      assert.ok(bytes.every((byte) => byte === i));
    }
  });
});
