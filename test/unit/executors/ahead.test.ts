import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { CancelledError } from "pentio";
import { BrokenExecutor, ThreadPoolExecutor } from "pentio/executors";
import { Gate, kinds, tasks } from "../../support/executors.ts";

/** Has both workers of an executor know the functions that are sent ahead here, for only such can be. */
async function warm(executor: ReturnType<(typeof kinds)[0][1]>): Promise<void> {
  using gate = new Gate();
  using other = new Gate();
  const held = executor.submit(tasks.hold, gate.started, gate.gate, 0);
  await gate.reached();
  await executor.submit(tasks.echo, 0).result();
  const alsoHeld = executor.submit(tasks.hold, other.started, other.gate, 0);
  await other.reached();
  gate.open();
  await held.result();
  await executor.submit(tasks.echo, 0).result();
  other.open();
  await alsoHeld.result();
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Waits without this thread's loop. */
function blockUntil(condition: () => boolean): void {
  const deadline = performance.now() + 60_000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, "it has not come to be");
    Atomics.wait(pause, 0, 0, 1);
  }
}

for (const [name, make] of kinds) {
  describe(`calls that wait behind others of a ${name}`, { timeout: 180_000 }, () => {
    it("are made by whichever worker is idle first, however long others take", async () => {
      await using executor = make({ maxWorkers: 2 });
      await warm(executor);
      using gate = new Gate();
      using other = new Gate();
      const held = executor.submit(tasks.hold, gate.started, gate.gate, "held");
      const alsoHeld = executor.submit(tasks.hold, other.started, other.gate, "too");
      const futures = Array.from({ length: 100 }, (_, i) => executor.submit(tasks.echo, i));
      assert.equal(executor.queueSize, 100);
      await Promise.all([gate.reached(), other.reached()]);
      other.open();
      for (const [i, future] of futures.entries()) assert.equal(await future.result(), i);
      assert.deepEqual([held.done, executor.queueSize], [false, 0]);
      gate.open();
      assert.deepEqual([await held.result(), await alsoHeld.result()], ["held", "too"]);
    });

    it("are passed by such of a higher priority", async () => {
      await using executor = make({ maxWorkers: 1 });
      await executor.submit(tasks.echo, 0).result();
      using gate = new Gate();
      executor.submit(tasks.hold, gate.started, gate.gate, 0);
      await gate.reached();
      const order: number[] = [];
      for (const priority of [0, 3, -1, 3, 0, 7]) {
        const label = 10 * priority + order.length;
        executor.submit(tasks.echo.with({ priority }), label).addDoneCallback(() => order.push(priority));
      }
      gate.open();
      await executor.shutdown();
      assert.deepEqual(order, [7, 3, 3, 0, 0, -1]);
    });

    it("are cancelled one by one, and the rest is made in order", async () => {
      await using executor = make({ maxWorkers: 1 });
      await executor.submit(tasks.echo, 0).result();
      using gate = new Gate();
      executor.submit(tasks.hold, gate.started, gate.gate, 0);
      await gate.reached();
      const order: unknown[] = [];
      const futures = [0, 1, 2, 3].map((n) => {
        const future = executor.submit(tasks.echo, n);
        future.addDoneCallback(() => order.push(future.cancelled ? "cancelled" : n));
        return future;
      });
      assert.equal(futures[1]!.cancel(), true);
      assert.deepEqual([futures[0]!.running, futures[1]!.cancelled, executor.queueSize], [false, true, 3]);
      gate.open();
      await executor.shutdown();
      assert.deepEqual(order, ["cancelled", 0, 2, 3]);
    });

    it("are made by the next worker when theirs ends", async () => {
      await using executor = make({ maxWorkers: 1 });
      await executor.submit(tasks.echo, 0).result();
      using gate = new Gate();
      const loop = executor.submit(tasks.loopForEver, gate.started);
      const behind = [1, 2, 3].map((n) => executor.submit(tasks.echo, n));
      await gate.reached();
      assert.equal(loop.cancel({ running: true }), true);
      await assert.rejects(async () => loop.result(), CancelledError);
      for (const [i, future] of behind.entries()) assert.equal(await future.result(), i + 1);
      const exits = executor.submit(tasks.exit, 3);
      const later = [4, 5].map((n) => executor.submit(tasks.echo, n));
      assert.ok((await exits.exception()) instanceof BrokenExecutor);
      assert.deepEqual(
        later.map((future) => future.resultSync()),
        [4, 5],
      );
    });

    it("are answered before others that take long begin", async () => {
      await using executor = make({ maxWorkers: 1 });
      await executor.submit(tasks.echo, 0).result();
      for (let before = 1; before < 10; before++) {
        using gate = new Gate();
        const futures = Array.from({ length: before }, (_, i) => executor.submit(tasks.echo, i));
        const held = executor.submit(tasks.hold, gate.started, gate.gate, "held");
        for (const [i, future] of futures.entries()) assert.equal(await future.result(), i);
        assert.equal(held.done, false);
        gate.open();
        assert.equal(await held.result(), "held");
      }
    });

    it("count for the renewal of workers", async () => {
      await using executor = make({ maxWorkers: 1, maxTasksPerWorker: 3 });
      const futures = Array.from({ length: 7 }, () => executor.submit(tasks.where));
      const places: string[] = [];
      for (const future of futures) places.push(JSON.stringify(await future.result()));
      assert.deepEqual(
        places.map((place) => places.indexOf(place)),
        [0, 0, 0, 3, 3, 3, 6],
      );
    });

    it("fail one by one when they cannot be sent", async () => {
      await using executor = make({ maxWorkers: 1 });
      using gate = new Gate();
      const held = executor.submit(tasks.hold, gate.started, gate.gate, "held");
      const futures = Array.from({ length: 20_000 }, () => executor.submit(tasks.echo, () => {}));
      const last = executor.submit(tasks.echo, "last");
      gate.open();
      assert.equal(await last.result(), "last");
      for (const future of futures) assert.equal(future.failed, true);
      assert.equal(await held.result(), "held");
    });

    it("come back as they are, small or large, results or exceptions", async () => {
      await using executor = make({ maxWorkers: 1 });
      const values = [
        1,
        "x".repeat(10_000),
        { a: [1] },
        "y",
        undefined,
        new Map([[1, 2]]),
        null,
        2n,
        true,
        -0,
      ];
      const rounds = Array.from({ length: 20 }, () => values).flat();
      const futures = rounds.map((value) => executor.submit(tasks.echo, value));
      const failures = rounds.map((value) => executor.submit(tasks.throwValue, value));
      for (const [i, value] of rounds.entries()) assert.deepEqual(await futures[i]!.result(), value);
      for (const [i, value] of rounds.entries()) assert.deepEqual(failures[i]!.exceptionSync(), value);
    });
  });
}

describe("calls that a thread was sent ahead of their turn", { timeout: 180_000 }, () => {
  it("are made while this thread does something else", async () => {
    await using executor = new ThreadPoolExecutor({ maxWorkers: 1 });
    using gate = new Gate();
    using other = new Gate();
    gate.open();
    other.open();
    await executor.submit(tasks.hold, gate.started, gate.gate, 0).result();
    const futures = [1, 2, 3].map((n) => executor.submit(tasks.hold, gate.started, gate.gate, n));
    const last = executor.submit(tasks.hold, other.started, other.gate, 4);
    blockUntil(() => existsSync(other.started));
    for (const [i, future] of futures.entries()) assert.equal(await future.result(), i + 1);
    assert.equal(await last.result(), 4);
  });

  it("run when they have begun, before this thread is told, and are not cancelled then", async () => {
    await using executor = new ThreadPoolExecutor({ maxWorkers: 1 });
    using gate = new Gate();
    using other = new Gate();
    using third = new Gate();
    third.open();
    await executor.submit(tasks.hold, third.started, third.gate, 0).result();
    const first = executor.submit(tasks.hold, gate.started, gate.gate, 1);
    const second = executor.submit(tasks.hold, other.started, other.gate, 2);
    const last = executor.submit(tasks.hold, third.started, third.gate, 3);
    blockUntil(() => existsSync(gate.started));
    assert.deepEqual([first.running, second.running, last.running], [true, false, false]);
    gate.open();
    blockUntil(() => existsSync(other.started));
    assert.deepEqual([second.running, last.running], [true, false]);
    assert.equal(second.cancel(), false);
    assert.equal(last.cancel(), true);
    other.open();
    assert.deepEqual([await first.result(), await second.result()], [1, 2]);
  });

  it("end with their worker if they have begun, and leave the result of the one before", async () => {
    await using executor = new ThreadPoolExecutor({ maxWorkers: 1 });
    using gate = new Gate();
    using other = new Gate();
    gate.open();
    await executor.submit(tasks.hold, gate.started, gate.gate, 0).result();
    const first = executor.submit(tasks.hold, gate.started, gate.gate, 1);
    const second = executor.submit(tasks.hold, other.started, other.gate, 2);
    const third = executor.submit(tasks.hold, gate.started, gate.gate, 3);
    blockUntil(() => existsSync(other.started));
    assert.equal(second.cancel({ running: true }), true);
    assert.equal(first.resultSync(), 1);
    assert.equal(await third.result(), 3);
  });

  it("let what functions have left running go on between them", async () => {
    await using executor = new ThreadPoolExecutor({ maxWorkers: 1 });
    await executor.submit(tasks.tickLater).result();
    let ticks = 0;
    for (let calls = 0; ticks === 0 && calls < 1e6; calls += 100) {
      const futures = Array.from({ length: 100 }, () => executor.submit(tasks.ticks));
      for (const future of futures) ticks = await future.result();
    }
    assert.equal(ticks, 1);
  });
});
