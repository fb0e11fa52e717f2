import assert from "node:assert/strict";
import { it } from "node:test";
import { connect, listen, type Socket, sleep, spawn } from "../../src/index.ts";
import { inBetween, readAll, settle } from "../support/coroutines.ts";
import { foreignClient, foreignServer, receiveAll } from "../support/foreigners.ts";
import { startPython } from "../support/programs.ts";
import { describeRuntimes } from "../support/runtimes.ts";
import { eventually, leavesNothing, runsCleanly, settled } from "../support/settling.ts";

const guard = { timeout: 180_000 };
const host = "127.0.0.1";
const MEBIBYTE = 1024 * 1024;

describeRuntimes((runtime) => {
  const atRest = () => settle(settled(() => runtime.loop.statistics().completed, 3));

  it("ends an accept, and the next one gets the connection", guard, async (t) => {
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host });
      let ended = false;
      const acceptor = yield* spawn(function* () {
        try {
          yield* server.accept();
        } finally {
          ended = true;
        }
      });
      yield* atRest();
      yield* acceptor.cancel();
      assert.equal(acceptor.state, "cancelled");
      assert.ok(ended);
      const peer = yield* settle(foreignClient(t, server.port));
      const socket = yield* server.accept();
      peer.end("hello");
      assert.equal(String(yield* readAll(socket)), "hello");
      peer.destroy();
      yield* server.close();
    });
  });

  it("does not lose a connection that a cancelled accept had got", guard, async (t) => {
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host });
      for (const somebodyWaits of [false, true]) {
        const acceptor = yield* spawn(() => server.accept());
        yield* atRest();
        let next: Promise<Socket> | undefined;
        let client: ReturnType<typeof foreignClient> | undefined;
        yield* inBetween(
          () => {
            client = foreignClient(t, server.port);
          },
          () => {
            acceptor.cancel();
            if (somebodyWaits) next = new Promise((resolve) => server.accept().then(resolve));
          },
        );
        yield* acceptor.cancel();
        assert.equal(acceptor.state, "cancelled");
        const socket = next ? yield* settle(next) : yield* server.accept();
        const peer = yield* settle(client!);
        peer.end("hello");
        assert.equal(String(yield* readAll(socket)), "hello");
        peer.destroy();
      }
      yield* server.close();
    });
  });

  it("ends a connect that hangs", guard, async (t) => {
    // The listener's queue has room for one connection, and nobody accepts: the kernel lets the others wait.
    const listener = startPython(
      t,
      `
import socket, sys
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(0)
print(s.getsockname()[1], flush=True)
sys.stdin.read()
`,
    );
    const port = Number(await listener.line());
    await runsCleanly(runtime, function* () {
      let unwound = 0;
      const tasks = [];
      for (let i = 0; i < 8; i++) {
        const task = yield* spawn(function* () {
          try {
            const socket = yield* connect({ host, port });
            yield* socket.close();
          } finally {
            unwound++;
          }
        });
        tasks.push(task);
      }
      yield* atRest();
      const hanging = tasks.filter((task) => task.state === "running");
      assert.ok(hanging.length >= 4, `${hanging.length} hang`);
      for (const task of hanging) yield* task.cancel();
      // The queue may have had room for one that was still on its way.
      const cancelled = hanging.filter((task) => task.state === "cancelled");
      assert.ok(cancelled.length >= 4, `${cancelled.length} were cancelled`);
      assert.equal(unwound, 8);
    });
  });

  it("keeps nothing of a connect that is cancelled at any moment", guard, async (t) => {
    const foreign = await foreignServer(t);
    await leavesNothing(runtime, async () => {
      let connected = 0;
      await runtime.run(function* () {
        for (let i = 0; i < 200; i++) {
          const task = yield* spawn(function* () {
            const socket = yield* connect({ host, port: foreign.port });
            connected++;
            yield* socket.close();
          });
          if (i % 4 === 1) yield* sleep(0);
          if (i % 4 === 2) yield* sleep(0.2);
          if (i % 4 === 3) {
            yield* inBetween(
              () => {},
              () => task.cancel(),
            );
          }
          yield* task.cancel();
        }
      });
      assert.ok(connected < 200, "some are cancelled");
    });
  });

  it("ends a sleep", guard, async () => {
    await runsCleanly(runtime, function* () {
      const sleeper = yield* spawn(() => sleep(1_000_000));
      yield* sleep(0);
      yield* sleeper.cancel();
      assert.equal(sleeper.state, "cancelled");
    });
  });

  it("ends a whole tree of tasks, whatever each of them waits for", guard, async (t) => {
    const foreign = await foreignServer(t);
    await leavesNothing(runtime, async () => {
      let begun = 0;
      let ended = 0;
      const root = runtime.run(function* () {
        const server = yield* listen({ host });
        try {
          for (let i = 0; i < 25; i++) {
            const socket = yield* connect({ host, port: foreign.port });
            yield* spawn(function* () {
              try {
                for (const wait of [
                  () => socket.read(),
                  () => socket.write(Buffer.alloc(8 * MEBIBYTE)),
                  () => sleep(1_000_000),
                  () => server.accept(),
                ]) {
                  yield* spawn(function* () {
                    begun++;
                    try {
                      yield* wait();
                    } finally {
                      ended++;
                    }
                  });
                }
                yield* sleep(1_000_000);
              } finally {
                yield* socket.close();
              }
            });
          }
          yield* sleep(1_000_000);
        } finally {
          yield* server.close();
        }
      });
      await eventually(() => begun === 100, "all of them wait");
      await settled(() => runtime.loop.statistics().completed, 3);
      await root.cancel();
      assert.equal(root.state, "cancelled");
      assert.equal(ended, 100);
      await assert.rejects(root.promise, { name: "CancelledError", code: "ABORT_ERR" });
      for (let i = 0; i < 25; i++) (await foreign.accept()).destroy();
    });
  });

  it("lets a cancelled task say goodbye in its finally block", guard, async (t) => {
    const foreign = await foreignServer(t);
    await leavesNothing(runtime, async () => {
      const accepted = foreign.accept().then(receiveAll);
      let reads = () => false;
      const task = runtime.run(function* () {
        const socket = yield* connect({ host, port: foreign.port });
        reads = () => socket.isReading;
        try {
          yield* socket.read();
        } finally {
          yield* socket.write("good");
          yield* sleep(1);
          yield* socket.write("bye");
          yield* socket.end();
          assert.equal(yield* socket.read(), null);
        }
      });
      await eventually(() => reads(), "it reads");
      task.cancel();
      await task.cancel();
      assert.equal(task.state, "cancelled");
      assert.equal(String(await accepted), "goodbye");
    });
  });
});
