import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { boundBelow } from "../../../../src/lab/web/bounds.ts";

describe("the bounds of models", () => {
  it("are told to who wants more connections, and to nobody else", () => {
    assert.deepEqual(boundBelow("blocking", 128), { of: "threads", limit: 128 });
    assert.deepEqual(boundBelow("select", 1024), { of: "descriptorNumbers", limit: 1024 });
    assert.deepEqual(boundBelow("aio", 901), { of: "reads", limit: 900 });
    for (const [model, connections] of [
      ["blocking", 127],
      ["select", 1000],
      ["aio", 900],
      ["io_uring", 900],
      ["node:net", 900],
    ] as const) {
      assert.equal(boundBelow(model, connections), null, model);
    }
  });

  it("include the descriptors that a process may have", () => {
    const { of, limit } = boundBelow("epoll", 2 ** 31)!;
    assert.equal(of, "descriptors");
    assert.ok(limit > 0 && limit < 2 ** 31);
  });
});
