import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { whyNotMeasured } from "../../../src/lab/bounds.ts";

describe("the bounds of models", () => {
  it("are told to who wants more connections, and to nobody else", () => {
    assert.match(whyNotMeasured("blocking", 128)!, /^not measured: its bound is 128 threads/);
    assert.match(whyNotMeasured("select", 1024)!, /^not measured: its bound is descriptors below 1,024/);
    assert.match(whyNotMeasured("aio", 901)!, /^not measured: its bound is 900 reads in progress/);
    for (const [model, connections] of [
      ["blocking", 127],
      ["select", 1000],
      ["aio", 900],
      ["io_uring", 900],
      ["node:net", 900],
    ] as const) {
      assert.equal(whyNotMeasured(model, connections), null, model);
    }
  });

  it("include the descriptors that a process may have", () => {
    assert.match(
      whyNotMeasured("epoll", 2 ** 31)!,
      /^not measured: a process may have [\d,]+ descriptors here/,
    );
  });
});
