import assert from "node:assert/strict";

// A prime length, so that no two blocks of a power of two look the same.
const PATTERN_BYTES = 1_000_003;
const pattern = Buffer.alloc(2 * PATTERN_BYTES);
for (let i = 0, state = 1; i < PATTERN_BYTES; i++) {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  pattern[i] = pattern[i + PATTERN_BYTES] = state >>> 24;
}

/** A fresh copy of the bytes that stand at an offset of an endless stream. At most a million. */
export function patternBytes(offset: number, lengthBytes: number): Buffer {
  const start = offset % PATTERN_BYTES;
  return Buffer.from(pattern.subarray(start, start + lengthBytes));
}

/** Reads along with a stream of the pattern and fails at the first byte that is not right. */
export class PatternReader {
  bytes = 0;

  read(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + PATTERN_BYTES);
      const start = this.bytes % PATTERN_BYTES;
      if (Buffer.compare(part, pattern.subarray(start, start + part.length)) !== 0) this.#fail(part, start);
      this.bytes += part.length;
      at += part.length;
    }
  }

  #fail(part: Uint8Array, start: number): never {
    const at = part.findIndex((byte, i) => byte !== pattern[start + i]);
    assert.fail(`byte ${this.bytes + at} of the stream is wrong`);
  }
}
