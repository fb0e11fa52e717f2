import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CancelledError, each, run, TimeoutError } from "pentio";
import { Pool } from "pentio/executors";
import { Gate, tasks } from "../../support/executors.ts";

for (const workers of ["thread", "process"] as const) {
  describe(`a pool on each ${workers}`, { timeout: 180_000 }, () => {
    it("applies a function, and throws what it throws", async () => {
      await using pool = new Pool({ workers, maxWorkers: 1 });
      assert.equal(await pool.apply(tasks.add, [1, 2]), 3);
      await assert.rejects(async () => pool.apply(tasks.fail, ["builtin"]), RangeError);
    });

    it("applies meanwhile, and calls exactly one of the callbacks", async () => {
      await using pool = new Pool({ workers, maxWorkers: 1 });
      const told: unknown[] = [];
      const callbacks = {
        callback: (result: unknown) => void told.push(["result", result]),
        errorCallback: (error: unknown) => void told.push(["error", (error as Error).name]),
      };
      const good = pool.applyAsync(tasks.add, [1, 2], callbacks);
      const bad = pool.applyAsync(tasks.fail, ["builtin"], callbacks);
      await good.wait();
      await bad.wait();
      assert.deepEqual(told, [
        ["result", 3],
        ["error", "RangeError"],
      ]);
      assert.deepEqual([good.ready(), good.successful(), bad.successful()], [true, true, false]);
      assert.equal(good.getSync(), 3);
    });

    it("says that a result is not there yet", async () => {
      await using pool = new Pool({ workers, maxWorkers: 1 });
      using gate = new Gate();
      const held = pool.applyAsync(tasks.hold, [gate.started, gate.gate, 1]);
      assert.equal(held.ready(), false);
      assert.throws(() => held.successful(), { code: "ERR_INVALID_STATE" });
      assert.throws(() => held.getSync(1), TimeoutError);
      await assert.rejects(async () => held.get(1), TimeoutError);
      await held.wait(1);
      gate.open();
      assert.equal(await held.get(), 1);
    });

    it("maps in order, by chunks of any size, waiting or blocking", async () => {
      await using pool = new Pool({ workers, maxWorkers: 2 });
      const inputs = Array.from({ length: 23 }, (_, i) => i);
      for (const options of [{}, { chunkSize: 1 }, { chunkSize: 5 }, { chunkSize: 100 }]) {
        assert.deepEqual(await pool.map(tasks.echo, inputs, options), inputs);
        assert.deepEqual(pool.mapAsync(tasks.later, inputs, options).getSync(), inputs);
      }
      assert.deepEqual(await pool.map(tasks.echo, []), []);
      assert.deepEqual(
        await pool.starmap(tasks.add, [
          [1, 2],
          [3, 4],
        ]),
        [3, 7],
      );
      assert.throws(() => pool.map(tasks.echo, [], { chunkSize: 0 }), { code: "ERR_OUT_OF_RANGE" });
    });

    it("gives the first exception of a map in place of the results", async () => {
      await using pool = new Pool({ workers, maxWorkers: 1 });
      const failing = pool.mapAsync(tasks.throwValue, ["first", "second"], { chunkSize: 1 });
      assert.equal(await failing.get().then(null, (error: unknown) => error), "first");
      assert.throws(
        () => failing.getSync(),
        (error) => error === "first",
      );
    });

    it("gives results one by one, in order or as they come", async () => {
      await using pool = new Pool({ workers, maxWorkers: 2 });
      using gate = new Gate();
      const ordered: unknown[] = [];
      for await (const result of pool.imap(tasks.echo, [1, 2, 3], { chunkSize: 2 })) ordered.push(result);
      assert.deepEqual(ordered, [1, 2, 3]);
      pool.applyAsync(tasks.hold, [gate.started, gate.gate, 0]);
      const some: unknown[] = [];
      await run(function* () {
        for (const result of yield* each(pool.imapUnordered(tasks.echo, [1, 2, 3]))) {
          some.push(result);
          yield* each.next();
        }
      });
      assert.deepEqual(some.sort(), [1, 2, 3]);
      gate.open();
    });

    it("is closed, and joined when all is done", async () => {
      const pool = new Pool({ workers, maxWorkers: 1 });
      assert.throws(() => pool.join(), { code: "ERR_INVALID_STATE", message: /still running/ });
      const result = pool.applyAsync(tasks.later, ["done"]);
      pool.close();
      assert.throws(() => pool.apply(tasks.nothing, []), {
        code: "ERR_INVALID_STATE",
        message: /not running/,
      });
      await pool.join();
      assert.equal(result.getSync(), "done");
    });

    it("is terminated, with what it does", async () => {
      const pool = new Pool({ workers, maxWorkers: 1 });
      using gate = new Gate();
      const looping = pool.applyAsync(tasks.loopForEver, [gate.started]);
      const waiting = pool.mapAsync(tasks.echo, [1, 2]);
      await gate.reached();
      pool.terminate();
      await pool.join();
      for (const result of [looping, waiting]) await assert.rejects(async () => result.get(), CancelledError);
    });

    it("loses only the call whose worker has died", async () => {
      await using pool = new Pool({ workers, maxWorkers: 1 });
      const dies = pool.applyAsync(tasks.exit, [1]);
      assert.equal(await pool.apply(tasks.add, [1, 1]), 2);
      await assert.rejects(async () => dies.get(), { code: "ERR_BROKEN_EXECUTOR" });
    });
  });
}
