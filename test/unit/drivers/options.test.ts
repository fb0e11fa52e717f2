import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { configureModels } from "../../../src/drivers/index.ts";
import { blockingOptions, fileOptions, nonblockingOptions } from "../../../src/drivers/options.ts";

const outOfRange = { code: "ERR_OUT_OF_RANGE" };

describe("settings of models", () => {
  afterEach(() => {
    delete process.env.PENTIO_BLOCKING_THREADS;
    delete process.env.PENTIO_NONBLOCKING_CPU;
    delete process.env.PENTIO_FILE_THREADS;
    configureModels({ blocking: {}, nonblocking: {}, files: {} });
  });

  it("are the driver's own defaults where nobody says anything", () => {
    assert.deepEqual([blockingOptions(), nonblockingOptions(), fileOptions()], [{}, {}, {}]);
  });

  it("come from the environment", () => {
    process.env.PENTIO_BLOCKING_THREADS = "12";
    process.env.PENTIO_NONBLOCKING_CPU = "0.5";
    process.env.PENTIO_FILE_THREADS = "2";
    assert.deepEqual(fileOptions(), { threadsMax: 2 });
    assert.deepEqual([blockingOptions(), nonblockingOptions()], [{ threadsMax: 12 }, { idleCpu: 0.5 }]);
  });

  it("come from the program first", () => {
    process.env.PENTIO_BLOCKING_THREADS = "12";
    configureModels({ blocking: { threadsMax: 3 } });
    configureModels({ nonblocking: { idleCpu: 1 } });
    process.env.PENTIO_FILE_THREADS = "2";
    configureModels({ files: { threadsMax: 5 } });
    assert.deepEqual(fileOptions(), { threadsMax: 5 });
    assert.deepEqual([blockingOptions(), nonblockingOptions()], [{ threadsMax: 3 }, { idleCpu: 1 }]);
  });

  it("that are out of their range are refused, and change nothing", () => {
    configureModels({ blocking: { threadsMax: 3 } });
    for (const threadsMax of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => configureModels({ blocking: { threadsMax } }), outOfRange, `${threadsMax}`);
      assert.throws(() => configureModels({ files: { threadsMax } }), outOfRange, `${threadsMax}`);
    }
    for (const idleCpu of [0, -1, 1.01, Number.NaN]) {
      assert.throws(() => configureModels({ nonblocking: { idleCpu } }), outOfRange, `${idleCpu}`);
    }
    assert.deepEqual(blockingOptions(), { threadsMax: 3 });
  });

  it("that make no sense in the environment are refused with the variable's name", () => {
    process.env.PENTIO_BLOCKING_THREADS = "many";
    assert.throws(blockingOptions, { ...outOfRange, message: /PENTIO_BLOCKING_THREADS/ });
    process.env.PENTIO_FILE_THREADS = "0";
    assert.throws(fileOptions, { ...outOfRange, message: /PENTIO_FILE_THREADS/ });
    process.env.PENTIO_NONBLOCKING_CPU = "2%";
    assert.throws(nonblockingOptions, { ...outOfRange, message: /PENTIO_NONBLOCKING_CPU/ });
  });
});
