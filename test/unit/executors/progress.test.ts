import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Future } from "pentio/executors";
import { progress } from "pentio/executors/worker";
import { kinds, tasks } from "../../support/executors.ts";

for (const [kind, make] of kinds) {
  describe(`progress of a call by a ${kind}`, { timeout: 180_000 }, () => {
    it("comes before the result, in order, and stays", async () => {
      await using executor = make({ maxWorkers: 1 });
      const future = executor.submit(tasks.tellProgress, [0.5, { done: 2 }, new Map([[1, 2]])]);
      const told: unknown[] = [];
      future.addProgressCallback((value) => told.push(value));
      assert.equal(future.progress, undefined);
      assert.equal(await future.result(), 3);
      assert.deepEqual(told, [0.5, { done: 2 }, new Map([[1, 2]])]);
      assert.deepEqual(future.progress, new Map([[1, 2]]));
    });

    it("is told to a thread that is blocked, too", async () => {
      await using executor = make({ maxWorkers: 1 });
      const future = executor.submit(tasks.tellProgress, ["half"]);
      assert.equal(future.resultSync(), 1);
      assert.equal(future.progress, "half");
    });

    it("that cannot be sent is an exception in the worker", async () => {
      await using executor = make({ maxWorkers: 1 });
      await assert.rejects(async () => executor.submit(tasks.tellFunction).result(), /could not be cloned/);
      assert.equal(await executor.submit(tasks.add, 1, 2).result(), 3);
    });
  });
}

describe("progress", () => {
  it("of a thread that is no worker's has no effect", () => {
    progress(0.5);
  });

  it("of a future that is done has no effect, and a callback that fails is a warning", async () => {
    const future = new Future<number>();
    const told: unknown[] = [];
    const warning = new Promise<Error>((resolve) => process.once("warning", resolve));
    future.addProgressCallback(() => {
      throw new Error("thrown in a callback");
    });
    future.addProgressCallback((value) => told.push(value));
    future.setProgress(1);
    future.setResult(5);
    future.setProgress(2);
    assert.deepEqual([told, future.progress], [[1], 1]);
    assert.equal((await warning).message, "thrown in a callback");
  });
});
