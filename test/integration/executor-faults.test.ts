import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { CancelledError, TimeoutError } from "pentio";
import { BrokenExecutor, type Future, ProcessPoolExecutor, registerError } from "pentio/executors";
import { untilGone } from "../support/descendants.ts";
import { Gate, kinds, tasks } from "../support/executors.ts";
import { TasksError } from "../support/worker-tasks.ts";

registerError(TasksError);

const support = new URL("../support/executors.js", import.meta.url);

/** What a call throws, by waiting and by blocking. */
const ways: readonly [string, (future: Future<unknown>) => unknown][] = [
  ["waiting", (future) => future.exception()],
  ["blocking", (future) => future.exceptionSync()],
];

for (const [name, make] of kinds) {
  describe(`what goes wrong in the workers of a ${name}`, { timeout: 180_000 }, () => {
    for (const [way, exceptionOf] of ways) {
      it(`an endless loop is ended when its time is up, ${way}`, async () => {
        await using executor = make({ maxWorkers: 1 });
        using gate = new Gate();
        const loop = executor.submit(tasks.loopForEver.with({ timeoutMs: 20 }), gate.started);
        const next = executor.submit(tasks.add, 1, 2);
        const error = await exceptionOf(loop);
        assert.ok(error instanceof TimeoutError, String(error));
        assert.match(error.message, /20 ms.*loopForEver/);
        assert.equal(await next.result(), 3);
      });

      it(`a worker that exits fails its own call only, ${way}`, async () => {
        await using executor = make({ maxWorkers: 2 });
        using gate = new Gate();
        const held = executor.submit(tasks.hold, gate.started, gate.gate, "done");
        const exits = executor.submit(tasks.exit, 3);
        const next = executor.submit(tasks.add, 1, 2);
        const error = await exceptionOf(exits);
        assert.ok(error instanceof BrokenExecutor, String(error));
        assert.match(error.message, /exit\(\)/);
        assert.equal(await next.result(), 3);
        gate.open();
        assert.equal(await held.result(), "done");
      });

      it(`a worker that runs out of memory fails its own call only, ${way}`, async () => {
        await using executor = make({ maxWorkers: 1, memoryLimitMb: 20 });
        const hoards = executor.submit(tasks.exhaustMemory);
        const next = executor.submit(tasks.add, 1, 2);
        const error = await exceptionOf(hoards);
        assert.ok(error instanceof BrokenExecutor, String(error));
        assert.equal(await next.result(), 3);
      });
    }

    it("the cause of a worker's end is told", async () => {
      await using executor = make({ maxWorkers: 1 });
      const error = (await executor.submit(tasks.exit, 3).exception()) as Error;
      assert.match((error.cause as Error).message, /exited with code 3/);
    });

    it("exceptions keep their type, message, cause, properties and stack", async () => {
      await using executor = make({ maxWorkers: 1 });
      const thrownBy = (kind: Parameters<typeof import("../support/worker-tasks.ts").fail>[0]) =>
        executor.submit(tasks.fail, kind).exception() as PromiseLike<
          NodeJS.ErrnoException & { errors: Error[] }
        >;
      const builtin = await thrownBy("builtin");
      assert.ok(builtin instanceof RangeError);
      assert.equal(builtin.message, "out of range");
      assert.match(builtin.stack!, /at fail .*worker-tasks/);
      const caused = await thrownBy("caused");
      assert.ok(caused.cause instanceof TypeError);
      assert.equal(caused.cause.message, "inside");
      const several = await thrownBy("several");
      assert.ok(several instanceof AggregateError && several.errors[1] instanceof RangeError);
      const { code, errno, syscall, path } = await thrownBy("system");
      assert.deepEqual([code, errno, syscall, path], ["ENOENT", -2, "open", "/nowhere"]);
    });

    it("exceptions of a program's own class are instances of it, for it is registered", async () => {
      await using executor = make({ maxWorkers: 1 });
      const error = await executor.submit(tasks.fail, "own").exception();
      assert.ok(error instanceof TasksError);
      assert.deepEqual([error.name, error.path, error.detail], ["TasksError", "/somewhere", { answer: 42 }]);
    });

    it("exceptions that cannot be cloned come with what of them can", async () => {
      await using executor = make({ maxWorkers: 1 });
      for (const kind of ["property", "getter", "itself"] as const) {
        const error = await executor.submit(tasks.failUncloneably, kind).exception();
        assert.ok(error instanceof TypeError, kind);
        assert.equal(error.message, "cannot be cloned");
        assert.match(error.stack!, /failUncloneably/);
      }
      for (const kind of ["function", "symbol", "proxy"] as const) {
        assert.ok((await executor.submit(tasks.failUncloneably, kind).exception()) instanceof Error, kind);
      }
      assert.equal(await executor.submit(tasks.add, 1, 2).result(), 3);
    });

    it("what is thrown and is no error comes as it is", async () => {
      await using executor = make({ maxWorkers: 1 });
      assert.equal(await executor.submit(tasks.throwValue, "text").exception(), "text");
      assert.deepEqual(await executor.submit(tasks.throwValue, { code: 7 }).exception(), { code: 7 });
    });

    it("a result that cannot be cloned is an exception", async () => {
      await using executor = make({ maxWorkers: 1 });
      const error = (await executor.submit(tasks.makeFunction).exception()) as Error;
      assert.match(error.message, /could not be cloned/);
      assert.equal(await executor.submit(tasks.add, 1, 2).result(), 3);
    });

    it("many arguments that cannot be sent fail one by one", async () => {
      await using executor = make({ maxWorkers: 1 });
      const futures = Array.from({ length: 20_000 }, () => executor.submit(tasks.echo, () => {}));
      const next = executor.submit(tasks.add, 1, 2);
      for (const future of futures) assert.ok((await future.exception()) instanceof TypeError);
      assert.equal(await next.result(), 3);
    });

    it("a worker that hangs when it is told to end is ended", async () => {
      const executor = make({ maxWorkers: 1 });
      await executor.submit(tasks.hangAtExit).result();
      await executor.shutdown();
    });

    it("termination cancels what runs and what waits", async () => {
      using gate = new Gate();
      const executor = make({ maxWorkers: 1 });
      const running = executor.submit(tasks.loopForEver, gate.started);
      const waiting = executor.submit(tasks.nothing);
      await gate.reached();
      executor.terminate();
      await executor.shutdown();
      assert.ok(await running.exception().then(null, (error: unknown) => error instanceof CancelledError));
      assert.equal(waiting.cancelled, true);
    });
  });
}

describe("a worker process that is killed in the middle of its call", { timeout: 180_000 }, () => {
  for (const [way, exceptionOf] of ways) {
    it(`fails that call only, ${way}`, async () => {
      await using executor = new ProcessPoolExecutor({ maxWorkers: 1 });
      using gate = new Gate();
      const { pid } = await executor.submit(tasks.where).result();
      const killed = executor.submit(tasks.loopForEver, gate.started);
      const next = executor.submit(tasks.add, 1, 2);
      await gate.reached();
      process.kill(pid, "SIGKILL");
      const error = await exceptionOf(killed);
      assert.ok(error instanceof BrokenExecutor, String(error));
      assert.equal(await next.result(), 3);
    });
  }

  it("is told by its signal", async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1 });
    using gate = new Gate();
    const error = (await executor.submit(tasks.die, gate.started).exception()) as Error;
    assert.match(error.message, /die\(\).*SIGKILL/);
  });
});

describe("a worker process that is stopped", { timeout: 180_000 }, () => {
  for (const [way, resultOf] of [
    ["waiting", (future: Future<number>) => future.result()],
    ["blocking", (future: Future<number>) => future.resultSync()],
  ] as const) {
    it(`gets a long call when it goes on, and submit waits for nothing, ${way}`, async () => {
      await using executor = new ProcessPoolExecutor({ maxWorkers: 1 });
      const { pid } = await executor.submit(tasks.where).result();
      process.kill(pid, "SIGSTOP");
      const future = executor.submit(tasks.countBytes, new Uint8Array(3_000_000));
      // By another, for this thread may be blocked.
      spawn("sh", ["-c", `sleep 0.1; kill -CONT ${pid}`]);
      assert.equal(await resultOf(future), 3_000_000);
      assert.equal(await executor.submit(tasks.add, 1, 2).result(), 3);
    });
  }

  it("is ended when the time of its call is up, though it has not got all of it", async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1 });
    const { pid } = await executor.submit(tasks.where).result();
    process.kill(pid, "SIGSTOP");
    const long = executor.submit(tasks.countBytes.with({ timeoutMs: 20 }), new Uint8Array(3_000_000));
    assert.ok((await long.exception()) instanceof TimeoutError);
    assert.equal(await executor.submit(tasks.add, 1, 2).result(), 3);
  });
});

describe("a worker process that does not become ready", { timeout: 180_000 }, () => {
  it("fails its call when its time for that is up, and the next has a new one", async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, startMs: 1000 });
    const { NODE_OPTIONS } = process.env;
    process.env.NODE_OPTIONS =
      "--import data:text/javascript,setInterval(()=>{},1e3);await(new(Promise)(()=>{}))";
    const hangs = executor.submit(tasks.nothing);
    if (NODE_OPTIONS === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = NODE_OPTIONS;
    const error = await hangs.exception();
    assert.ok(error instanceof BrokenExecutor, String(error));
    assert.match(error.message, /not ready within 1000 ms/);
  });
});

describe("a thread that has a ProcessPoolExecutor and is terminated", { timeout: 180_000 }, () => {
  it("takes its workers with it, whatever they do, and leaves no descriptor behind", async () => {
    const text = `import { parentPort } from "node:worker_threads";
      import { kinds, tasks } from ${JSON.stringify(support.href)};
      const executor = kinds[1][1]({ maxWorkers: 1 });
      const { pid } = await executor.submit(tasks.where).result();
      executor.submit(tasks.loopForEver, "/dev/null");
      parentPort.postMessage(pid);`;
    const counts: number[] = [];
    for (let round = 0; round < 4; round++) {
      const thread = new Worker(new URL(`data:text/javascript,${encodeURIComponent(text)}`));
      const [pid] = await once(thread, "message");
      await thread.terminate();
      await untilGone([pid]);
      counts.push(readdirSync("/proc/self/fd").length);
    }
    assert.ok(counts[3]! <= counts[1]!, `descriptors after each round: ${counts}`);
  });
});

describe("a thread that has a ThreadPoolExecutor and is terminated", { timeout: 180_000 }, () => {
  it("leaves no descriptor behind", async () => {
    const text = `import { parentPort } from "node:worker_threads";
      import { kinds, tasks } from ${JSON.stringify(support.href)};
      const executor = kinds[0][1]({ maxWorkers: 1 });
      await executor.submit(tasks.nothing).result();
      parentPort.postMessage("works");`;
    const counts: number[] = [];
    for (let round = 0; round < 4; round++) {
      const thread = new Worker(new URL(`data:text/javascript,${encodeURIComponent(text)}`));
      await once(thread, "message");
      await thread.terminate();
      counts.push(readdirSync("/proc/self/fd").length);
    }
    assert.ok(counts[3]! <= counts[1]!, `descriptors after each round: ${counts}`);
  });
});
