import assert from "node:assert/strict";
import { it } from "node:test";
import { type Coroutine, connect, listen, type Socket, sleep, spawn } from "../../src/index.ts";
import { readAll, settle } from "../support/coroutines.ts";
import { foreignClient, foreignServer } from "../support/foreigners.ts";
import { describeModels } from "../support/runtimes.ts";
import { leavesNothing, runsCleanly, settled } from "../support/settling.ts";

const guard = { timeout: 180_000 };
const host = "127.0.0.1";

/** Fails after a while, as a task that was busy with something. */
function* failing(error: unknown, delayMs = 1): Coroutine<never> {
  yield* sleep(delayMs);
  throw error;
}

describeModels((runtime) => {
  const atRest = () => settle(settled(() => runtime.loop.statistics().completed, 3));

  it("rejects with what the root throws, be it an error or not", guard, async () => {
    for (const thrown of [new Error("boom"), "a string", undefined]) {
      await leavesNothing(runtime, async () => {
        const task = runtime.run(() => failing(thrown));
        const outcome = await task.promise.then(
          () => "success",
          (error: unknown) => ({ error }),
        );
        assert.deepEqual(outcome, { error: thrown });
        assert.equal(task.state, "failed");
      });
    }
  });

  it("surfaces in the parent and cancels the siblings, whose finally blocks run first", guard, async (t) => {
    const foreign = await foreignServer(t);
    await leavesNothing(runtime, async () => {
      const boom = new Error("boom");
      const log: string[] = [];
      const root = runtime.run(function* () {
        const server = yield* listen({ host });
        try {
          const siblings = {
            read: (socket: Socket) => socket.read(),
            write: (socket: Socket) => socket.write(Buffer.alloc(16 * 1024 * 1024)),
            sleep: () => sleep(1_000_000),
          };
          for (const [name, body] of Object.entries(siblings)) {
            const socket = yield* connect({ host, port: foreign.port });
            yield* spawn(function* () {
              try {
                yield* body(socket);
                log.push(`${name} went on`);
              } finally {
                yield* socket.close();
                log.push(`${name} ended`);
              }
            });
          }
          yield* atRest();
          yield* spawn(() => failing(boom));
          yield* server.accept();
          log.push("the parent went on");
        } finally {
          yield* server.close();
          log.push("the parent ended");
        }
      });
      await assert.rejects(root.promise, (error) => error === boom);
      assert.deepEqual(log.toSorted(), ["read ended", "sleep ended", "the parent ended", "write ended"]);
      assert.equal(root.state, "failed");
    });
  });

  it("surfaces from the depth of the tree, once", guard, async () => {
    await leavesNothing(runtime, async () => {
      const boom = new Error("boom");
      function* nest(depth: number): Coroutine<void> {
        if (depth === 0) yield* failing(boom);
        yield* spawn(() => nest(depth - 1));
        yield* sleep(1_000_000);
      }
      await assert.rejects(runtime.run(() => nest(20)).promise, (error) => error === boom);
    });
  });

  it("gathers several failures in an AggregateError", guard, async () => {
    await leavesNothing(runtime, async () => {
      const failures = [new Error("first"), new Error("second"), new Error("third")];
      const root = runtime.run(function* () {
        yield* spawn(() => failing(failures[0]));
        yield* spawn(function* () {
          try {
            yield* sleep(1_000_000);
          } finally {
            yield* failing(failures[1]);
          }
        });
        try {
          yield* sleep(1_000_000);
        } finally {
          yield* failing(failures[2], 5);
        }
      });
      await assert.rejects(root.promise, (error: unknown) => {
        assert.ok(error instanceof AggregateError, String(error));
        assert.deepEqual(new Set(error.errors), new Set(failures));
        return true;
      });
    });
  });

  it("is the affair of who waits for the task, and the siblings go on", guard, async (t) => {
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host });
      const peer = yield* settle(foreignClient(t, server.port));
      const socket = yield* server.accept();
      const sibling = yield* spawn(() => readAll(socket));
      const boom = new Error("boom");
      const task = yield* spawn(() => failing(boom));
      try {
        yield* task;
        assert.fail("it does not fail");
      } catch (error) {
        assert.equal(error, boom);
      }
      peer.end("still here");
      assert.equal(String(yield* sibling), "still here");
      yield* server.close();
    });
  });

  it("keeps a server running when the task of one connection catches its error", guard, async (t) => {
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host });
      const serving = yield* spawn(function* () {
        for (;;) {
          const socket = yield* server.accept();
          yield* spawn(function* () {
            try {
              for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) {
                yield* socket.write(chunk);
              }
            } catch (error) {
              assert.equal((error as NodeJS.ErrnoException).code, "ECONNRESET");
            } finally {
              yield* socket.close();
            }
          });
        }
      });
      for (let i = 0; i < 20; i++) {
        const peer = yield* settle(foreignClient(t, server.port));
        peer.write("hello");
        yield* settle(new Promise((resolve) => peer.once("data", resolve).resume()));
        if (i % 2 === 0) peer.resetAndDestroy();
        else peer.end();
      }
      assert.equal(serving.state, "running");
      yield* serving.cancel();
      yield* server.close();
    });
  });

  it("waits for every child before the parent ends", guard, async () => {
    await leavesNothing(runtime, async () => {
      let ended = 0;
      const result = await runtime.run(function* () {
        for (let i = 0; i < 1000; i++) {
          yield* spawn(function* () {
            yield* sleep(i % 20);
            ended++;
          });
        }
        return "the body's result";
      });
      assert.equal(result, "the body's result");
      assert.equal(ended, 1000);
    });
  });
});
