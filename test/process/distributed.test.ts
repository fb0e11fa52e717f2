/** Calls in workers that are started by `pentio worker`, by way of a real Redis. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { DistributedExecutor, type DistributedOptions } from "pentio/distributed";
import { type Future, registerError, workerModule } from "pentio/executors";
import { checkOptions } from "../../src/distributed/distributed-options.ts";
import { Exchange } from "../../src/distributed/exchange.ts";
import { decode, encode } from "../../src/distributed/job-data.ts";
import { Gate, tasks } from "../support/executors.ts";
import { folder } from "../support/folders.ts";
import { type Program, runProgram } from "../support/programs.ts";
import { noRedis, startWorker, TestRedis } from "../support/redis.ts";
import { eventually } from "../support/settling.ts";
import { TasksError } from "../support/worker-tasks.ts";

const guard = { timeout: 180_000 };

describe("a DistributedExecutor", { skip: noRedis, timeout: 300_000 }, () => {
  let redis: TestRedis;
  let worker: Program;
  let executor: DistributedExecutor;

  const make = (options: DistributedOptions = {}) =>
    new DistributedExecutor({ redis: redis.url, ...options });

  before(async () => {
    redis = await TestRedis.start();
    // One call at a time, so that a call can be known to wait.
    worker = await startWorker(redis, "--concurrency", "1");
    executor = make();
  });

  after(async () => {
    await executor.shutdown();
    await worker.kill();
    await redis.remove();
  });

  /** Has the worker busy until the gate opens. */
  async function occupy(gate: Gate): Promise<Future<unknown>> {
    const holding = executor.submit(tasks.hold, gate.started, gate.gate, "held");
    await gate.reached();
    await eventually(() => holding.running, "it is heard that it runs", 60_000);
    return holding;
  }

  it("makes calls in a process of the worker's", guard, async () => {
    const { pid } = await executor.submit(tasks.where).result();
    assert.notEqual(pid, process.pid);
    assert.notEqual(pid, worker.child.pid);
    assert.equal(await executor.submit(tasks.later, "late").result(), "late");
  });

  it("passes whatever passes between processes", guard, async () => {
    const value = {
      map: new Map([[1, new Date(5)]]),
      bytes: new Uint8Array([1, 2]),
      big: 5n,
      none: undefined,
    };
    assert.deepEqual(await executor.submit(tasks.echo, value).result(), value);
  });

  it("maps in the order of the inputs, also in chunks", guard, async () => {
    for (const chunkSize of [1, 3]) {
      const sums: number[] = [];
      for await (const sum of executor.map(tasks.add, [1, 2, 3, 4, 5], [1, 1, 1, 1, 1], { chunkSize }))
        sums.push(sum);
      assert.deepEqual(sums, [2, 3, 4, 5, 6]);
    }
  });

  it("gives exceptions with their class, cause, properties and stack", guard, async () => {
    registerError(TasksError);
    const own = await executor.submit(tasks.fail, "own").exception();
    assert.ok(own instanceof TasksError);
    assert.deepEqual([own.message, own.path, own.detail], ["own", "/somewhere", { answer: 42 }]);
    assert.match(own.stack!, /worker-tasks/);
    const caused = (await executor.submit(tasks.fail, "caused").exception()) as Error;
    assert.ok(caused.cause instanceof TypeError);
    await assert.rejects(async () => executor.submit(tasks.fail, "system").result(), {
      code: "ENOENT",
      path: "/nowhere",
    });
    assert.equal(await executor.submit(tasks.throwValue, 5).exception(), 5);
  });

  it("refuses what cannot be sent, and functions themselves", guard, async () => {
    const future = executor.submit(tasks.echo, () => {});
    await assert.rejects(async () => future.result(), { code: "ERR_INVALID_ARG_VALUE" });
    assert.throws(() => executor.submit((() => {}) as never), { code: "ERR_INVALID_ARG_TYPE" });
  });

  it("fails a call of a module or function that the worker does not know", guard, async () => {
    const unknown = workerModule<typeof import("node:path")>("node:path");
    await assert.rejects(
      async () => executor.submit(unknown.basename, "/a/b").result(),
      /no module "path", but worker-tasks/,
    );
    const named = workerModule<{ missing(): void; nothing(): void }>("file:///else/where.js", {
      name: "worker-tasks",
    });
    assert.equal(await executor.submit(named.nothing).result(), undefined);
    await assert.rejects(async () => executor.submit(named.missing).result(), {
      code: "ERR_INVALID_ARG_VALUE",
    });
  });

  it("blocks the thread for a result, which then is not told again", guard, () => {
    const future = executor.submit(tasks.later, "blocked for");
    let told = 0;
    future.addDoneCallback(() => told++);
    assert.equal(future.resultSync(), "blocked for");
    assert.throws(() => executor.submit(tasks.fail, "builtin").resultSync(), RangeError);
    assert.equal(told, 1);
  });

  it(
    "finds a call that was done before somebody blocks for it, by no event and no review",
    guard,
    async (t) => {
      // As the thread does that listens in the place of a blocked one: it adds the job again, whose end is past.
      const settings = checkOptions({ redis: redis.url, keepJobs: true });
      const args = encode([1, 2]);
      const data = { module: "worker-tasks", name: "add", args, isChunk: false, timeoutMs: null };
      const ticket = { id: randomUUID(), data, priority: 1 };
      t.mock.timers.enable({ apis: ["setInterval"] });
      for (const isOwner of [true, false]) {
        const exchange = await new Promise<Exchange>((resolve, reject) => {
          const made: Exchange = new Exchange(
            settings,
            {
              began() {},
              progressed() {},
              ended(id, { payload }) {
                assert.deepEqual([id, decode(payload)], [ticket.id, 3]);
                resolve(made);
              },
              emptied() {},
              failed: reject,
            },
            isOwner,
          );
          made.add(ticket);
        });
        exchange.close();
      }
      await redis.forget();
    },
  );

  it("blocks no longer than it is told", guard, async () => {
    using gate = new Gate();
    const holding = await occupy(gate);
    assert.throws(() => holding.resultSync(1), { code: "ERR_TIMED_OUT" });
    gate.open();
    assert.equal(holding.resultSync(), "held");
  });

  it("cancels a call that waits: it is not made", guard, async (t) => {
    using gate = new Gate();
    const file = join(folder(t), "attempts");
    const holding = await occupy(gate);
    const waiting = executor.submit(tasks.succeedAt, 1, file);
    assert.equal(executor.queueSize, 1);
    while ((await redis.jobs()).length < 2);
    assert.equal(waiting.cancel(), true);
    assert.equal(executor.queueSize, 0);
    assert.equal(holding.cancel(), false);
    while ((await redis.jobs()).length > 1);
    gate.open();
    assert.equal(await holding.result(), "held");
    await executor.submit(tasks.nothing).result();
    assert.equal(existsSync(file), false);
    await assert.rejects(async () => waiting.result(), { code: "ABORT_ERR" });
  });

  it("ends a running call when it is cancelled", guard, async () => {
    using gate = new Gate();
    const endless = executor.submit(tasks.loopForEver, gate.started);
    await gate.reached();
    await eventually(() => endless.running, "it is heard that it runs", 60_000);
    assert.equal(endless.cancel({ running: true }), true);
    // There is one place at the worker, so it is free again.
    assert.equal(await executor.submit(tasks.add, 1, 2).result(), 3);
  });

  it("ends a call whose time is up", guard, async () => {
    using gate = new Gate();
    const endless = executor.submit(tasks.loopForEver.with({ timeoutMs: 500 }), gate.started);
    await assert.rejects(async () => endless.result(), { name: "TimeoutError", code: "ERR_TIMED_OUT" });
    assert.equal(await executor.submit(tasks.add, 1, 2).result(), 3);
  });

  it("fails a call alone whose process dies", guard, async () => {
    await assert.rejects(async () => executor.submit(tasks.exit, 3).result(), {
      code: "ERR_BROKEN_EXECUTOR",
    });
    assert.equal(await executor.submit(tasks.add, 1, 2).result(), 3);
  });

  it("tells of progress", guard, async () => {
    const told: unknown[] = [];
    const future = executor.submit(tasks.tellProgress, [0.5, { done: 2 }]);
    future.addProgressCallback((value) => told.push(value));
    assert.equal(await future.result(), 2);
    assert.deepEqual(future.progress, { done: 2 });
    assert.deepEqual(told.at(-1), { done: 2 });
  });

  it("makes calls of higher priority first", guard, async () => {
    using gate = new Gate();
    const holding = await occupy(gate);
    const order: number[] = [];
    const futures = [0, -5, 3, 0].map((priority, at) => {
      const future = executor.submit(tasks.echo.with({ priority }), at);
      future.addDoneCallback(() => order.push(at));
      return future;
    });
    while ((await redis.jobs()).length < 1 + futures.length);
    gate.open();
    for (const future of [holding, ...futures]) await future.result();
    assert.deepEqual(order, [2, 0, 3, 1]);
    assert.throws(() => executor.submit(tasks.echo.with({ priority: 0.5 }), 1), {
      code: "ERR_OUT_OF_RANGE",
    });
  });

  it("makes a call again that fails, as often as it is told", guard, async (t) => {
    await using patient = make({ attempts: 3, backOffMs: 10 });
    const files = [1, 2].map((each) => join(folder(t), `attempts-${each}`));
    assert.equal(await patient.submit(tasks.succeedAt, 3, files[0]!).result(), 3);
    await assert.rejects(async () => patient.submit(tasks.succeedAt, 4, files[1]!).result(), {
      message: "attempt 3",
    });
    assert.equal(readFileSync(files[1]!, "utf8"), "...");
  });

  it("refuses what the queue has no room for, or waits", guard, async () => {
    using gate = new Gate();
    const holding = await occupy(gate);
    await using small = make({ queueCapacity: 1 });
    const first = small.submit(tasks.echo, "first");
    assert.throws(() => small.submit(tasks.echo, "second"), { code: "ERR_QUEUE_FULL" });
    const second = small.enqueue(tasks.echo, "second");
    gate.open();
    assert.equal(await (await second).result(), "second");
    assert.equal(await first.result(), "first");
    assert.equal(await holding.result(), "held");
  });

  it("shares a queue with others, and ends without them", guard, async () => {
    await using neighbour = make();
    const ours = Array.from({ length: 20 }, (_, i) => executor.submit(tasks.echo, i));
    const theirs = Array.from({ length: 20 }, (_, i) => neighbour.submit(tasks.echo, 100 + i));
    await neighbour.shutdown();
    for (const [i, future] of theirs.entries()) assert.equal(await future.result(), 100 + i);
    for (const [i, future] of ours.entries()) assert.equal(await future.result(), i);
    assert.throws(() => neighbour.submit(tasks.nothing), { code: "ERR_EXECUTOR_SHUTDOWN" });
  });

  it("cancels what waits when it is told so at the end, and leaves nothing in Redis", guard, async () => {
    const lonely = make({ queue: "nobody" });
    const future = lonely.submit(tasks.nothing);
    await lonely.shutdown({ cancelFutures: true });
    assert.equal(future.cancelled, true);
    assert.deepEqual(await redis.jobs("nobody"), []);
    assert.deepEqual(await redis.jobs(), []);
  });

  it("keeps jobs that are done if it is told so", guard, async () => {
    const keeping = make({ keepJobs: true });
    await keeping.submit(tasks.nothing).result();
    await keeping.shutdown();
    assert.equal((await redis.jobs()).length, 1);
  });

  it("lets a program end that has forgotten to shut it down", guard, async () => {
    const support = new URL("../support/executors.js", import.meta.url).href;
    const { code, lines, stderr } = await runProgram(`
      import { DistributedExecutor } from "${import.meta.resolve("pentio/distributed")}";
      import { tasks } from "${support}";
      const executor = new DistributedExecutor({ redis: "${redis.url}" });
      executor.submit(tasks.add, 1, 2).addDoneCallback((future) => console.log(future.resultSync()));`);
    assert.deepEqual([code, lines, stderr], [0, ["3"], ""]);
  });
});
