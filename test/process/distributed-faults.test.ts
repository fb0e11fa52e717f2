/** What becomes of calls when workers and Redis end, or are not there. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { DistributedExecutor } from "pentio/distributed";
import type { Future } from "pentio/executors";
import { Gate, tasks } from "../support/executors.ts";
import { folder } from "../support/folders.ts";
import { Program } from "../support/programs.ts";
import { noRedis, startWorker, TestRedis, untilSaid, workerProgram } from "../support/redis.ts";
import { eventually } from "../support/settling.ts";

const guard = { timeout: 180_000 };
/** How a Redis fails that was stopped: it may not have been tried again, or when its socket had still a name. */
const GONE = /^(ENOENT|ECONNRESET|ECONNREFUSED)$/;
/** Of a worker that is lost, so that it is soon noticed. */
const SHORT_LOCK = ["--lock", "2"];
const root = fileURLToPath(new URL("../../../", import.meta.url));

describe("a worker", { skip: noRedis, timeout: 300_000, concurrency: true }, () => {
  let redis: TestRedis;
  let queues = 0;

  before(async () => {
    redis = await TestRedis.start();
  });

  after(() => redis.remove());

  /** An executor on a queue of its own, and what starts workers for that. */
  function newQueue(): [DistributedExecutor, (...options: string[]) => Promise<Program>] {
    const queue = `queue-${++queues}`;
    const start = (...options: string[]) =>
      startWorker(redis, "--queue", queue, "--concurrency", "1", ...options);
    return [new DistributedExecutor({ redis: redis.url, queue }), start];
  }

  /** A call that runs until the gate opens. */
  async function hold(executor: DistributedExecutor, gate: Gate): Promise<Future<unknown>> {
    const holding = executor.submit(tasks.hold, gate.started, gate.gate, "held");
    await gate.reached();
    await eventually(() => holding.running, "it is heard that it runs", 60_000);
    return holding;
  }

  it("that is killed in the middle of a call loses nothing: another makes it again", guard, async () => {
    using gate = new Gate();
    const [executor, start] = newQueue();
    const first = await start(...SHORT_LOCK);
    const holding = await hold(executor, gate);
    const waiting = executor.submit(tasks.add, 1, 2);
    // Its processes go on with the call, and hold its output open.
    const killed = once(first.child, "exit");
    first.child.kill("SIGKILL");
    await killed;
    const second = await start(...SHORT_LOCK);
    gate.open();
    assert.equal(await holding.result(), "held");
    assert.equal(await waiting.result(), 3);
    await executor.shutdown();
    await second.kill();
  });

  it("finishes its calls when it is told to end, and takes no more", guard, async () => {
    using gate = new Gate();
    const [executor, start] = newQueue();
    const worker = await start("--per", "thread");
    const holding = await hold(executor, gate);
    const left = executor.submit(tasks.add, 1, 2);
    const told = untilSaid(worker.child, "stderr", /SIGTERM: ends when 1 calls have/);
    worker.child.kill("SIGTERM");
    await told;
    gate.open();
    assert.equal(await holding.result(), "held");
    assert.equal((await worker.end()).code, 0);
    assert.equal(left.running, false);
    await executor.shutdown({ cancelFutures: true });
  });

  it("gives back what takes longer than it has time to end", guard, async () => {
    using gate = new Gate();
    const [executor, start] = newQueue();
    const worker = await start("--grace", "0");
    const holding = await hold(executor, gate);
    worker.child.kill("SIGTERM");
    const { code, stderr } = await worker.end();
    assert.equal(code, 0);
    assert.match(stderr, /1 calls were given back/);
    gate.open();
    const successor = await start();
    assert.equal(await holding.result(), "held");
    await executor.shutdown();
    await successor.kill();
  });

  it("ends though Redis is away, which cannot be told of the call that is given back", guard, async () => {
    using gate = new Gate();
    const temporary = await TestRedis.start();
    const worker = await startWorker(temporary, "--grace", "0");
    const executor = new DistributedExecutor({ redis: temporary.url, awayMs: 0 });
    const holding = await hold(executor, gate);
    const noticed = untilSaid(worker.child, "stderr", /Redis is away/);
    await temporary.stop();
    await noticed;
    worker.child.kill("SIGTERM");
    assert.equal((await worker.end()).code, 1);
    await assert.rejects(async () => holding.result(), { code: GONE });
    await executor.shutdown();
    await temporary.remove();
  });

  it("ends at once at a second signal", guard, async () => {
    using gate = new Gate();
    const [executor, start] = newQueue();
    const worker = await start(...SHORT_LOCK);
    const holding = await hold(executor, gate);
    const told = untilSaid(worker.child, "stderr", /SIGINT: ends when/);
    worker.child.kill("SIGINT");
    await told;
    worker.child.kill("SIGTERM");
    assert.equal((await worker.end()).code, 1);
    // Nobody can be told to end it, so it is removed when its lock has ended.
    assert.equal(holding.cancel({ running: true }), true);
    await executor.shutdown();
  });
});

describe("Redis", { skip: noRedis, timeout: 300_000, concurrency: true }, () => {
  it(
    "that is stopped and started again in the middle of 1,000 calls loses none, and none is told twice",
    guard,
    async () => {
      const redis = await TestRedis.start();
      const workers = await Promise.all(
        [1, 2].map(() => startWorker(redis, "--per", "thread", "--concurrency", "2")),
      );
      const executor = new DistributedExecutor({ redis: redis.url });
      await executor.ready();
      // Where all threads of the workers stop until a gate is opened, so that it is the middle, however late we look.
      using first = new Gate();
      using second = new Gate();
      const gateAt = (at: number) => {
        if (at >= 300 && at < 304) return first;
        return at >= 600 && at < 604 ? second : null;
      };
      const told = new Array<number>(1000).fill(0);
      const sum = () => told.reduce((all, each) => all + each, 0);
      const futures = told.map((_, at) => {
        const gate = gateAt(at);
        const future = gate
          ? executor.submit(tasks.hold, gate.started, gate.gate, at)
          : executor.submit(tasks.later, at);
        future.addDoneCallback(() => told[at]!++);
        return future;
      });
      await eventually(() => sum() >= 200, "some are done", 60_000);
      await redis.stop("SIGTERM");
      assert.ok(sum() < 1000);
      await redis.start();
      first.open();
      await eventually(() => sum() >= 500, "more are done", 60_000);
      await redis.stop("SIGKILL");
      assert.ok(sum() < 1000);
      await redis.start();
      second.open();
      for (const [at, future] of futures.entries()) assert.equal(await future.result(), at);
      await executor.shutdown();
      assert.deepEqual(told, new Array(1000).fill(1));
      await Promise.all(workers.map((worker) => worker.kill()));
      await redis.remove();
    },
  );

  it("that has forgotten a job fails its call", guard, async () => {
    const redis = await TestRedis.start();
    const executor = new DistributedExecutor({ redis: redis.url });
    const future = executor.submit(tasks.nothing);
    while ((await redis.jobs()).length === 0);
    await redis.forget();
    await assert.rejects(async () => future.result(), {
      code: "ERR_BROKEN_EXECUTOR",
      message: /appendonly yes/,
    });
    await executor.shutdown();
    await redis.remove();
  });

  it("that stays away fails what waits for it, after the time that is set", guard, async () => {
    const redis = await TestRedis.start();
    const executor = new DistributedExecutor({ redis: redis.url, awayMs: 200 });
    await executor.ready();
    const future = executor.submit(tasks.nothing);
    await redis.stop();
    await assert.rejects(async () => future.result(), {
      code: GONE,
      message: /for 200 ms/,
    });
    assert.throws(() => executor.submit(tasks.nothing), { message: /for 200 ms/ });
    await executor.shutdown();
    await redis.remove();
  });

  it("that stays away ends a wait that blocks the thread, too", guard, async () => {
    const redis = await TestRedis.start();
    const executor = new DistributedExecutor({ redis: redis.url, awayMs: 200 });
    await executor.ready();
    const [first, second] = [executor.submit(tasks.nothing), executor.submit(tasks.nothing)];
    assert.throws(() => first.resultSync(1), { code: "ERR_TIMED_OUT" });
    await redis.stop();
    assert.throws(() => first.resultSync(), { code: GONE });
    assert.throws(() => second.resultSync(), { code: GONE });
    await executor.shutdown();
    await redis.remove();
  });

  it("that cannot be reached fails calls at once, with the remedy", guard, async () => {
    await using executor = new DistributedExecutor({ redis: "redis://someone:secret@127.0.0.1:1" });
    const refused = {
      code: "ECONNREFUSED",
      syscall: "connect",
      port: 1,
      message: /Start it \(redis-server\)/,
    };
    await assert.rejects(async () => executor.submit(tasks.nothing).result(), refused);
    await assert.rejects(async () => executor.ready(), refused);
    await assert.rejects(
      async () => executor.ready(),
      (error: Error) => !error.message.includes("secret"),
    );
  });
});

describe("pentio worker", guard, () => {
  it("ends with status 1 when Redis cannot be reached", async () => {
    const { code, stderr } = await workerProgram(
      "--redis",
      "redis://127.0.0.1:1",
      "--modules",
      "node:path",
    ).end();
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^pentio worker: Redis at redis:\/\/127.0.0.1:1 cannot be used: .*ECONNREFUSED.*redis-server/,
    );
  });

  it("ends with status 2 when the command line is wrong", async () => {
    const { code, stderr } = await workerProgram("--modules", "node:path", "node:path").end();
    assert.equal(code, 2);
    assert.match(stderr, /^pentio worker: Two modules are called "path"/);
  });
});

describe("pentio/distributed", guard, () => {
  it("says what to install when the packages that it needs are missing", guard, async (t) => {
    const installed = folder(t);
    mkdirSync(join(installed, "node_modules"));
    for (const name of ["koffi", "serialize-error", "workerpool"]) {
      symlinkSync(join(root, "node_modules", name), join(installed, "node_modules", name));
    }
    // Folders without a package: where a folder of packages stands further up, Node would find them there.
    for (const name of ["bullmq", "ioredis"]) mkdirSync(join(installed, "node_modules", name));
    cpSync(join(root, "dist/lib"), join(installed, "lib"), { recursive: true });
    cpSync(join(root, "package.json"), join(installed, "package.json"));
    assert.ok(existsSync(join(installed, "lib/distributed/index.js")));
    const { code, stderr } = await new Program([
      process.execPath,
      join(installed, "lib/distributed/index.js"),
    ]).end();
    assert.equal(code, 1);
    assert.match(stderr, /needs two packages more: npm install bullmq ioredis/);
  });
});
