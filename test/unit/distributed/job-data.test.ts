import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decode, decodeFailure, encode, encodeFailure } from "../../../src/distributed/job-data.ts";

describe("a failure in Redis", () => {
  it("begins with what people read, and keeps all that programs need", () => {
    const thrown = Object.assign(new RangeError("too far"), { code: "E_FAR", cause: new TypeError("why") });
    const reason = encodeFailure(thrown);
    assert.match(reason, /^RangeError: too far\n/);
    const error = decodeFailure(reason) as RangeError & { code: string };
    assert.ok(error instanceof RangeError);
    assert.ok(error.cause instanceof TypeError);
    assert.deepEqual([error.message, error.code, error.stack], ["too far", "E_FAR", thrown.stack]);
  });

  it("may be anything that can be thrown", () => {
    assert.deepEqual(decodeFailure(encodeFailure(new Map([[1, 2]]))), new Map([[1, 2]]));
    assert.match((decodeFailure(encodeFailure(Symbol("thrown"))) as Error).message, /Symbol\(thrown\)/);
    assert.equal(decodeFailure(encodeFailure("\npentio:no")), "\npentio:no");
  });

  it("is the end of workers if BullMQ has written it", () => {
    const error = decodeFailure("job stalled more than allowable limit") as NodeJS.ErrnoException;
    assert.equal(error.code, "ERR_BROKEN_EXECUTOR");
    assert.match(error.message, /stalled more than allowable limit/);
  });
});

describe("a value in Redis", () => {
  it("is whatever passes between processes", () => {
    const value = [undefined, 5n, new Date(7), new Set(["a"]), new Float64Array([0.5, Number.NaN])];
    assert.deepEqual(decode(encode(value)), value);
    assert.throws(() => encode(() => {}), /could not be cloned/);
  });
});
