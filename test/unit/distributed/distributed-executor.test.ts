import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DistributedExecutor, type DistributedOptions } from "../../../src/distributed/index.ts";

describe("the options of a DistributedExecutor", () => {
  for (const [options, code] of [
    [{ attempts: 0 }, "ERR_OUT_OF_RANGE"],
    [{ backOffMs: -1 }, "ERR_OUT_OF_RANGE"],
    [{ awayMs: -1 }, "ERR_OUT_OF_RANGE"],
    [{ queueCapacity: -1 }, "ERR_OUT_OF_RANGE"],
    [{ resultSeconds: 0.5 }, "ERR_OUT_OF_RANGE"],
    [{ awayMs: "5" as unknown as number }, "ERR_INVALID_ARG_TYPE"],
    [{ queue: "a:b" }, "ERR_INVALID_ARG_VALUE"],
    [{ queue: "" }, "ERR_INVALID_ARG_VALUE"],
  ] satisfies [DistributedOptions, string][]) {
    it(`may not be ${JSON.stringify(options)}`, () => {
      assert.throws(() => new DistributedExecutor(options), { code });
    });
  }
});
