import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ProcessPoolExecutor, ThreadPoolExecutor, transfer } from "pentio/executors";
import { tasks } from "../../support/executors.ts";

describe("transfer", { timeout: 180_000 }, () => {
  it("hands memory over to a thread, where it is not here any more", async () => {
    await using executor = new ThreadPoolExecutor({ maxWorkers: 1 });
    const bytes = new Uint8Array(1000);
    assert.equal(await executor.submit(tasks.countBytes, transfer(bytes, [bytes.buffer])).result(), 1000);
    assert.equal(bytes.length, 0);
  });

  it("has a thread hand over its result", async () => {
    await using executor = new ThreadPoolExecutor({ maxWorkers: 1 });
    assert.deepEqual(await executor.submit(tasks.makeBytes, 3).result(), new Uint8Array([7, 7, 7]));
  });

  it("copies what was not named", async () => {
    await using executor = new ThreadPoolExecutor({ maxWorkers: 1 });
    const bytes = new Uint8Array(1000);
    assert.equal(await executor.submit(tasks.countBytes, bytes).result(), 1000);
    assert.equal(bytes.length, 1000);
  });

  it("copies for a process", async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1 });
    const bytes = new Uint8Array(1000);
    assert.equal(await executor.submit(tasks.countBytes, transfer(bytes, [bytes.buffer])).result(), 1000);
    assert.equal(bytes.length, 1000);
  });
});
