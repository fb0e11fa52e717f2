import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeFrame, FrameReader } from "../../../src/framing/index.ts";

const values = [
  1,
  "text",
  null,
  undefined,
  { deep: [new Map([[1, new Set([2n])]])] },
  new Float64Array([1.5]),
];

/** Takes all that is complete. */
function takeAll(reader: FrameReader): unknown[] {
  const taken: unknown[] = [];
  while (reader.isComplete) taken.push(reader.take());
  return taken;
}

describe("frames", () => {
  it("give values back that come byte by byte", () => {
    const reader = new FrameReader();
    const taken: unknown[] = [];
    for (const byte of Buffer.concat(values.map((value) => encodeFrame(value)))) {
      reader.add(Uint8Array.of(byte));
      taken.push(...takeAll(reader));
    }
    assert.deepEqual(taken, values);
    assert.ok(reader.isEmpty);
  });

  it("give values back that come all at once", () => {
    const reader = new FrameReader();
    reader.add(Buffer.concat(values.map((value) => encodeFrame(value))));
    assert.deepEqual(takeAll(reader), values);
  });

  it("carry a Buffer as it is, and other bytes as what they are", () => {
    const reader = new FrameReader();
    assert.equal(encodeFrame(Buffer.from("abc")).length, 4 + 3);
    reader.add(Buffer.concat([encodeFrame(Buffer.from("abc")), encodeFrame(Uint8Array.of(1, 2))]));
    assert.deepEqual(takeAll(reader), [Buffer.from("abc"), Uint8Array.of(1, 2)]);
  });

  it("carry long values among short ones, in pieces that fit neither", () => {
    const reader = new FrameReader();
    const sent = [0, 10, 300_000, 1, 65_536, 65_532, 2].map((length) => Buffer.alloc(length, length % 251));
    const bytes = Buffer.concat(sent.map((value) => encodeFrame(value)));
    const taken: unknown[] = [];
    for (let at = 0; at < bytes.length; at += 40_001) {
      reader.add(bytes.subarray(at, at + 40_001));
      taken.push(...takeAll(reader));
    }
    assert.deepEqual(taken, sent);
  });

  it("leave alone what was taken before", () => {
    const reader = new FrameReader();
    reader.add(encodeFrame(Buffer.alloc(100_000, 1)));
    const [first] = takeAll(reader) as [Buffer];
    reader.add(encodeFrame(Buffer.alloc(100_000, 2)));
    takeAll(reader);
    assert.deepEqual(first, Buffer.alloc(100_000, 1));
  });

  it("are refused beyond the length that is allowed, at either end", () => {
    assert.throws(() => encodeFrame(Buffer.alloc(11), 10), { code: "ERR_FRAME_TOO_LONG" });
    const reader = new FrameReader(10);
    reader.add(encodeFrame(Buffer.alloc(11)));
    assert.throws(() => reader.isComplete, { code: "ERR_FRAME_CORRUPT" });
  });

  it("are refused if they hold what nobody has serialised", () => {
    const reader = new FrameReader();
    reader.add(Buffer.from([3, 0, 0, 0, 1, 2, 3]));
    assert.throws(() => takeAll(reader), { code: "ERR_FRAME_CORRUPT" });
  });
});
