import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CancelledError, run, TimeoutError } from "pentio";
import { BrokenExecutor, QueueFullError, ThreadPoolExecutor } from "pentio/executors";
import { Gate, kinds, tasks } from "../../support/executors.ts";
import { schedulingPolicy } from "../../support/scheduling-policy.ts";
import { eventually } from "../../support/settling.ts";

for (const [name, make] of kinds) {
  describe(`a ${name}`, { timeout: 180_000 }, () => {
    it("gives results of plain and of async functions, to coroutines and async functions", async () => {
      await using executor = make({ maxWorkers: 2 });
      assert.equal(await executor.submit(tasks.add, 1, 2).result(), 3);
      assert.equal(await executor.submit(tasks.later, "x").result(), "x");
      const sum = await run(function* () {
        return yield* executor.submit(tasks.add, 20, 22).result();
      });
      assert.equal(sum, 42);
    });

    it("works elsewhere, in workers that it starts on demand and uses again", async () => {
      await using executor = make({ maxWorkers: 3 });
      assert.equal(executor.size, 0);
      const first = await executor.submit(tasks.where).result();
      const again = await executor.submit(tasks.where).result();
      assert.deepEqual(again, first);
      assert.equal(executor.size, 1);
      assert.equal(first.pid !== process.pid || !first.isMainThread, true);
    });

    it("has no more workers than it may, and what comes beyond waits", async () => {
      await using executor = make({ maxWorkers: 2 });
      using gate = new Gate();
      using other = new Gate();
      const held = executor.submit(tasks.hold, gate.started, gate.gate, 1);
      const alsoHeld = executor.submit(tasks.hold, other.started, other.gate, 2);
      const waiting = executor.submit(tasks.add, 1, 2);
      await Promise.all([gate.reached(), other.reached()]);
      assert.deepEqual([held.running, alsoHeld.running, waiting.running], [true, true, false]);
      assert.deepEqual([executor.size, executor.queueSize], [2, 1]);
      gate.open();
      other.open();
      assert.deepEqual(await Promise.all([held.result(), alsoHeld.result(), waiting.result()]), [1, 2, 3]);
    });

    it("blocks the thread for results, even for those of calls that wait", async () => {
      await using executor = make({ maxWorkers: 2 });
      let turns = 0;
      const turn = setInterval(() => turns++, 1);
      const futures = [1, 2, 3, 4, 5, 6].map((n) => executor.submit(tasks.later, n));
      assert.deepEqual(
        futures.map((future) => future.resultSync()),
        [1, 2, 3, 4, 5, 6],
      );
      assert.equal(turns, 0);
      clearInterval(turn);
    });

    it("blocks no longer than it is told, and the call goes on", async () => {
      await using executor = make({ maxWorkers: 1 });
      using gate = new Gate();
      const held = executor.submit(tasks.hold, gate.started, gate.gate, "done");
      assert.throws(() => held.resultSync(1), TimeoutError);
      assert.throws(() => held.exceptionSync(0), TimeoutError);
      gate.open();
      assert.equal(held.resultSync(), "done");
    });

    it("calls callbacks also while the thread is blocked", async () => {
      await using executor = make({ maxWorkers: 1 });
      const order: string[] = [];
      executor.submit(tasks.nothing).addDoneCallback(() => order.push("first"));
      executor.submit(tasks.nothing).resultSync();
      assert.deepEqual(order, ["first"]);
    });

    it("begins with the highest priority, and among equals with the first", async () => {
      await using executor = make({ maxWorkers: 1 });
      using gate = new Gate();
      executor.submit(tasks.hold, gate.started, gate.gate, 0);
      const order: string[] = [];
      for (const [label, priority] of [
        ["a", 0],
        ["b", -1],
        ["c", 5],
        ["d", 0],
        ["e", 5],
      ] as const) {
        executor.submit(tasks.echo.with({ priority }), label).addDoneCallback(() => order.push(label));
      }
      gate.open();
      await executor.shutdown();
      assert.deepEqual(order, ["c", "e", "a", "d", "b"]);
    });

    it("refuses what its queue has no room for, or lets the caller wait", async () => {
      await using executor = make({ maxWorkers: 1, queueCapacity: 1 });
      using gate = new Gate();
      executor.submit(tasks.hold, gate.started, gate.gate, 0);
      const queued = executor.submit(tasks.add, 1, 1);
      assert.throws(() => executor.submit(tasks.add, 2, 2), QueueFullError);
      const enqueued = executor.enqueue(tasks.add, 3, 3).then((future) => future);
      gate.open();
      assert.equal(await (await enqueued).result(), 6);
      assert.equal(await queued.result(), 2);
    });

    it("makes room when a call that waits is cancelled", async () => {
      await using executor = make({ maxWorkers: 1, queueCapacity: 1 });
      using gate = new Gate();
      executor.submit(tasks.hold, gate.started, gate.gate, 0);
      const queued = executor.submit(tasks.add, 1, 1);
      const enqueued = executor.enqueue(tasks.add, 3, 3).then((future) => future);
      assert.equal(queued.cancel(), true);
      const future = await enqueued;
      assert.equal(executor.queueSize, 1);
      gate.open();
      assert.equal(await future.result(), 6);
    });

    for (const [end, ends] of Object.entries<(executor: ReturnType<typeof make>, gate: Gate) => unknown>({
      "is renewed": (executor) => executor.submit(tasks.nothing),
      exits: (executor) => executor.submit(tasks.exit, 3),
      "takes too long": (executor, gate) =>
        executor.submit(tasks.loopForEver.with({ timeoutMs: 20 }), gate.started),
      "is cancelled": async (executor, gate) => {
        const running = executor.submit(tasks.loopForEver, gate.started);
        await gate.reached();
        running.cancel({ running: true });
      },
    })) {
      it(`has room where nothing may wait when its worker ${end}`, async () => {
        await using executor = make({ maxWorkers: 1, queueCapacity: 0, maxTasksPerWorker: 1 });
        using gate = new Gate();
        const ended = ends(executor, gate);
        const enqueued = [1, 2, 3].map((n) =>
          executor.enqueue(tasks.echo, n).then((future) => future.result()),
        );
        await ended;
        assert.deepEqual(await Promise.all(enqueued), [1, 2, 3]);
      });
    }

    it("cancels calls that wait, and those that run if it is told so", async () => {
      await using executor = make({ maxWorkers: 1 });
      using gate = new Gate();
      const running = executor.submit(tasks.loopForEver, gate.started);
      const waiting = executor.submit(tasks.add, 1, 1);
      const next = executor.submit(tasks.add, 2, 2);
      await gate.reached();
      assert.equal(waiting.cancel(), true);
      assert.equal(running.cancel(), false);
      assert.equal(running.cancel({ running: true }), true);
      await assert.rejects(async () => running.result(), CancelledError);
      assert.equal(await next.result(), 4);
      assert.equal(waiting.cancelled, true);
    });

    it("calls its initializer first in each worker", async () => {
      await using executor = make({ maxWorkers: 1, initializer: tasks.remember, initializerArgs: ["this"] });
      assert.equal(await executor.submit(tasks.recall).result(), "this");
    });

    it("is broken when its initializer fails", async () => {
      await using executor = make({ maxWorkers: 1, initializer: tasks.refuse });
      const futures = [executor.submit(tasks.nothing), executor.submit(tasks.nothing)];
      for (const future of futures) {
        const error = (await future.exception()) as BrokenExecutor;
        assert.ok(error instanceof BrokenExecutor);
        assert.equal((error.cause as Error).message, "the initializer refuses");
      }
      assert.throws(() => executor.submit(tasks.nothing), BrokenExecutor);
    });

    for (const way of ["waiting", "blocking"] as const) {
      it(`is broken when its initializer does not end, ${way}`, async () => {
        const executor = make({ maxWorkers: 1, initializer: tasks.hang, startMs: 20 });
        const futures = [1, 2].map((n) => executor.submit(tasks.echo.with({ timeoutMs: 5 }), n));
        const error = way === "waiting" ? await futures[0]!.exception() : futures[0]!.exceptionSync();
        assert.ok(error instanceof BrokenExecutor, String(error));
        assert.match(String(error.cause), /TimeoutError: .*20 ms/);
        assert.equal(await futures[1]!.exception(), error);
        await executor.shutdown();
      });
    }

    it("replaces workers that have made as many calls as they may", async () => {
      await using executor = make({ maxWorkers: 1, maxTasksPerWorker: 2 });
      const places = [];
      for (let i = 0; i < 4; i++) places.push(JSON.stringify(await executor.submit(tasks.where).result()));
      assert.equal(places[0], places[1]);
      assert.equal(places[2], places[3]);
      assert.notEqual(places[1], places[2]);
    });

    it("ends workers that are idle for long, but for those that it keeps", async () => {
      await using executor = make({ maxWorkers: 2, minWorkers: 1, idleTimeoutMs: 1 });
      const futures = [executor.submit(tasks.later, 1), executor.submit(tasks.later, 2)];
      await Promise.all(futures.map((future) => future.result()));
      await eventually(() => executor.size === 1, "an idle worker ends");
      assert.equal(await executor.submit(tasks.add, 1, 2).result(), 3);
    });

    it("makes all calls that were submitted before it ends, and takes no more", async () => {
      const executor = make({ maxWorkers: 1 });
      const futures = [1, 2, 3].map((n) => executor.submit(tasks.later, n));
      const end = executor.shutdown();
      assert.throws(() => executor.submit(tasks.nothing), { code: "ERR_EXECUTOR_SHUTDOWN" });
      await end;
      assert.deepEqual(
        futures.map((future) => future.resultSync()),
        [1, 2, 3],
      );
      await executor.shutdown();
    });

    it("cancels what waits when it is shut down so, and finishes what runs", async () => {
      using gate = new Gate();
      const executor = make({ maxWorkers: 1 });
      const running = executor.submit(tasks.hold, gate.started, gate.gate, "done");
      const waiting = executor.submit(tasks.nothing);
      await executor.shutdown({ wait: false, cancelFutures: true });
      assert.deepEqual([waiting.cancelled, running.done], [true, false]);
      gate.open();
      assert.equal(await running.result(), "done");
      await executor.shutdown();
    });

    it("refuses closures with the way out", async () => {
      await using executor = make();
      const closure = (() => 1) as unknown as typeof tasks.where;
      assert.throws(() => executor.submit(closure), {
        code: "ERR_INVALID_ARG_TYPE",
        message: /workerModule</,
      });
      const error = (await executor.submit(tasks.echo, () => 1).exception()) as Error;
      assert.match(error.message, /The arguments of echo\(\) cannot be sent to a worker/);
    });

    it("tells of functions and modules that are not there", async () => {
      await using executor = make({ maxWorkers: 1 });
      const constant = (tasks as unknown as { notAFunction: typeof tasks.nothing }).notAFunction;
      for (const _ of ["once", "again"]) {
        await assert.rejects(
          async () => executor.submit(constant).result(),
          /exports no function "notAFunction"/,
        );
      }
      assert.equal(await executor.submit(tasks.add, 1, 1).result(), 2);
    });

    it("refuses options that are none", () => {
      assert.throws(() => make({ startMs: 0 }), { code: "ERR_OUT_OF_RANGE" });
      assert.throws(() => make({ maxWorkers: 0 }), { code: "ERR_OUT_OF_RANGE" });
      assert.throws(() => make({ maxTasksPerWorker: 0 }), { code: "ERR_OUT_OF_RANGE" });
      assert.throws(() => make({ minWorkers: 2, maxWorkers: 1 }), { code: "ERR_OUT_OF_RANGE" });
      assert.throws(() => make({ queueCapacity: -1 }), { code: "ERR_OUT_OF_RANGE" });
      assert.throws(() => make({ idleTimeoutMs: Number.NaN }), { code: "ERR_OUT_OF_RANGE" });
      assert.throws(() => make({ initializer: (() => {}) as unknown as typeof tasks.nothing }), {
        code: "ERR_INVALID_ARG_TYPE",
      });
      assert.throws(() => tasks.nothing.with({ timeoutMs: 0 }), { code: "ERR_OUT_OF_RANGE" });
    });

    it("takes large arguments and gives large results", async () => {
      await using executor = make({ maxWorkers: 1 });
      const bytes = new Uint8Array(3_000_000).fill(7);
      assert.equal(await executor.submit(tasks.countBytes, bytes).result(), 3_000_000);
      assert.deepEqual(await executor.submit(tasks.makeBytes, 3_000_000).result(), bytes);
      assert.deepEqual(executor.submit(tasks.echo, bytes).resultSync(), bytes);
    });

    it("maps iterables side by side, in order, alone or in chunks", async () => {
      await using executor = make({ maxWorkers: 2 });
      for (const chunkSize of [1, 2, 10]) {
        const sums = [];
        for await (const sum of executor.map(tasks.add, [1, 2, 3, 4], [10, 20, 30], { chunkSize }))
          sums.push(sum);
        assert.deepEqual(sums, [11, 22, 33]);
      }
    });

    it("maps with as few calls ahead as it is told, and as its queue has room for", async () => {
      await using executor = make({ maxWorkers: 1, queueCapacity: 1 });
      let taken = 0;
      function* inputs() {
        for (; taken < 10; taken++) yield taken;
      }
      const results = [];
      for await (const result of executor.map(tasks.echo, inputs(), { bufferSize: 2 })) {
        results.push(result);
        assert.ok(taken <= results.length + 3, `${taken} taken for ${results.length}`);
      }
      assert.deepEqual(results, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it("gives up a map when the time is up, and cancels what has not begun", async () => {
      await using executor = make({ maxWorkers: 1 });
      using gate = new Gate();
      const held = executor.submit(tasks.hold, gate.started, gate.gate, 0);
      await assert.rejects(async () => {
        for await (const _ of executor.map(tasks.echo, [1, 2, 3], { timeoutMs: 1 }))
          assert.fail("none is done");
      }, TimeoutError);
      assert.equal(executor.queueSize, 0);
      gate.open();
      await held.result();
    });

    it("gives up a map also when there was no room for it in time", async () => {
      await using executor = make({ maxWorkers: 1, queueCapacity: 0 });
      using gate = new Gate();
      const held = executor.submit(tasks.hold, gate.started, gate.gate, 0);
      const map = executor.map(tasks.echo, [1, 2], { timeoutMs: 20 });
      await assert.rejects(async () => map.next(), TimeoutError);
      gate.open();
      await held.result();
    });

    it("ends a map with the exception of its input, and cancels the rest when it is left", async () => {
      await using executor = make({ maxWorkers: 1 });
      const results: unknown[] = [];
      await assert.rejects(async () => {
        for await (const result of executor.map(tasks.throwValue, [new RangeError("first"), 2]))
          results.push(result);
      }, RangeError);
      for await (const result of executor.map(tasks.echo, [1, 2, 3])) {
        results.push(result);
        break;
      }
      assert.deepEqual(results, [1]);
    });
  });
}

describe("the threads of an executor", () => {
  it("compute, and do not take the processor from the loop when they are woken", async () => {
    await using executor = new ThreadPoolExecutor({ maxWorkers: 1 });
    await executor.submit(tasks.nothing).result();
    assert.equal(await executor.submit(tasks.policy).result(), 3);
    assert.equal(schedulingPolicy("self"), 0);
  });
});
