import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { models } from "../../../src/drivers/index.ts";
import { parseLabOptions } from "../../../src/lab/options.ts";

describe("the options of the lab", () => {
  it("have defaults that depend on what is measured", () => {
    assert.equal(parseLabOptions([]).size, 64);
    assert.equal(parseLabOptions(["--files"]).size, 4096);
    const { models: measured, size, delayMs } = parseLabOptions(["--phases"]);
    assert.deepEqual([measured, size, delayMs], [models, 1024, 20]);
  });

  it("know the classic servers, which are compared where they are asked for, and their bound", () => {
    const classic = ["thread-per-connection", "process-per-connection"];
    assert.deepEqual(parseLabOptions(["--models", classic.join()]).models, classic);
    for (const name of classic) {
      assert.ok(!parseLabOptions([]).models.includes(name));
      assert.throws(() => parseLabOptions(["--models", name, "--connections", "129"]), {
        code: "ERR_INVALID_ARG_VALUE",
        message: `${name} serves up to 128 connections at once, not 129`,
      });
      assert.throws(() => parseLabOptions(["--models", name, "--files"]), /Unknown I\/O model/);
    }
  });

  it("refuse what does not fit together, and what no datagram or wait can be", () => {
    for (const [args, message] of [
      [["--phases", "--files"], /--files and --phases are two things/],
      [["--delay", "5"], /--delay needs --phases/],
      [["--phases", "--delay", "501"], /--delay takes a whole number from 1 to 500, not "501"/],
      [["--phases", "--size", "60001"], /--size takes a whole number from 1 to 60000, not "60001"/],
      [["--phases", "--models", "node:net"], /Unknown I\/O model "node:net"/],
      [["--web", "--json"], /--web serves the page.*: it goes with no --json$/],
      [["--web", "--report", "a.html"], /no --report$/],
      [["--phases", "--web"], /no --phases$/],
      [["--web", "--port", "0"], /--port takes a whole number from 1 to 65535, not "0"/],
      [["--size", "1.5"], /--size takes a whole number from 1 to 1048576, not "1.5"/],
    ] as const) {
      assert.throws(() => parseLabOptions([...args]), { code: "ERR_INVALID_ARG_VALUE", message });
    }
  });
});
