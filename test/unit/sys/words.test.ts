import assert from "node:assert/strict";
import { endianness } from "node:os";
import { describe, it } from "node:test";
import { getUint64, setUint64 } from "../../../src/sys/index.ts";

describe("a number of 64 bits in two words", () => {
  const numbers = [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 0x7fff_1234_5678, Number.MAX_SAFE_INTEGER];

  it("is what the kernel reads, and leaves its neighbours alone", { skip: endianness() === "BE" }, () => {
    for (const number of numbers) {
      const words = new Uint32Array(4).fill(7);
      setUint64(words, 1, number);
      assert.equal(Buffer.from(words.buffer).readBigUInt64LE(4), BigInt(number));
      assert.deepEqual([words[0], words[3]], [7, 7]);
    }
  });

  it("is read back as it was written", () => {
    const words = new Uint32Array(2);
    for (const number of numbers) {
      setUint64(words, 0, number);
      assert.equal(getUint64(words, 0), number);
    }
  });
});
