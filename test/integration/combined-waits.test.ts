import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { it } from "node:test";
import {
  all,
  type CancelledWrite,
  connect,
  listen,
  race,
  type Socket,
  scope,
  shield,
  sleep,
  spawn,
  timeout,
  withSignal,
} from "../../src/index.ts";
import { readAll, rejects, settle } from "../support/coroutines.ts";
import { foreignClient, foreignServer, receiveAll } from "../support/foreigners.ts";
import { PatternReader, patternBytes } from "../support/pattern.ts";
import { startPython } from "../support/programs.ts";
import { Random } from "../support/random.ts";
import { describeModels, describeRuntimes } from "../support/runtimes.ts";
import { leavesNothing, runsCleanly } from "../support/settling.ts";

const guard = { timeout: 180_000 };
const host = "127.0.0.1";
const MEBIBYTE = 1024 * 1024;
const timedOut = { code: "ERR_TIMED_OUT" };

describeRuntimes((runtime) => {
  it("races a read against a sleep again and again, and loses nothing", guard, async (t) => {
    const TOTAL_BYTES = 2 * MEBIBYTE;
    const random = new Random();
    t.diagnostic(`seed ${random.seed}`);
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      let sent = 0;
      const sendMore = () => {
        const lengthBytes = Math.min(random.between(1, 50_000), TOTAL_BYTES - sent);
        peer.write(patternBytes(sent, lengthBytes));
        sent += lengthBytes;
        if (sent === TOTAL_BYTES) peer.end();
        else setTimeout(sendMore, random.between(0, 2));
      };
      sendMore();
      const pattern = new PatternReader();
      let lost = 0;
      for (let isOpen = true; isOpen; ) {
        const winner = yield* race([socket.read(), sleep(random.between(0, 2) / 2)]);
        if (winner) pattern.read(winner);
        else if (winner === null) isOpen = false;
        else lost++;
      }
      assert.equal(pattern.bytes, TOTAL_BYTES, `seed ${random.seed}`);
      t.diagnostic(`the sleep won ${lost} times`);
      yield* socket.close();
    });
  });

  it("gives a read up for which there is no more time, and the next gets what comes", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      yield* rejects(timeout(5, socket.read()), timedOut);
      peer.end("later");
      assert.equal(String(yield* timeout(1e6, socket.read())), "later");
      yield* socket.close();
    });
  });

  it(
    "gives an accept up for which there is no more time, and the next gets the connection",
    guard,
    async (t) => {
      await runsCleanly(runtime, function* () {
        const server = yield* listen({ host });
        yield* rejects(timeout(5, server.accept()), timedOut);
        const client = foreignClient(t, server.port);
        const socket = yield* timeout(1e6, server.accept());
        (yield* settle(client)).end("hello");
        assert.equal(String(yield* readAll(socket)), "hello");
        yield* socket.close();
        yield* server.close();
      });
    },
  );

  it("gives a connect up that hangs", guard, async (t) => {
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
      let hanging = 0;
      for (let i = 0; i < 8; i++) {
        yield* spawn(function* () {
          try {
            const socket = yield* timeout(200, connect({ host, port }));
            yield* socket.close();
          } catch (error) {
            assert.equal((error as NodeJS.ErrnoException).code, "ERR_TIMED_OUT");
            hanging++;
          }
        });
      }
      yield* sleep(0);
      while (hanging < 4) yield* sleep(10);
    });
  });

  it("gives a write up half-way, and says how much of it is on its way", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      let cause: unknown;
      try {
        yield* timeout(50, socket.write(Buffer.alloc(16 * MEBIBYTE)));
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, "ERR_TIMED_OUT");
        ({ cause } = error as Error);
      }
      assert.equal((cause as CancelledWrite).bytesWritten, socket.bytesWritten);
      yield* socket.end();
      assert.equal((yield* settle(receiveAll(peer))).length, socket.bytesWritten);
      assert.equal(yield* socket.read(), null);
    });
  });

  it("ends a scope of connections when one of them fails, and closes all", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const opened: Socket[] = [];
      function* talk() {
        const socket = yield* connect({ host, port: foreign.port });
        opened.push(socket);
        try {
          yield* socket.write("x");
          yield* readAll(socket);
        } finally {
          yield* socket.close();
        }
      }
      const talks = scope(function* () {
        const peers = [];
        for (let i = 0; i < 5; i++) {
          yield* spawn(talk);
          peers.push(yield* settle(foreign.accept()));
        }
        while (opened.length < 5) yield* sleep(1);
        peers[2]!.resetAndDestroy();
        yield* sleep(1e6);
      });
      yield* rejects(talks, { code: "ECONNRESET" });
      assert.deepEqual(
        opened.map(({ fd }) => fd),
        [-1, -1, -1, -1, -1],
      );
    });
  });

  it("lets a shielded goodbye go out, though the task is cancelled", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      const received = receiveAll(peer);
      let isLeaving = false;
      const talk = yield* spawn(function* () {
        const reader = yield* spawn(function* () {
          try {
            yield* socket.read();
          } finally {
            isLeaving = true;
            yield* shield(function* () {
              yield* socket.write("good");
              yield* sleep(1);
              yield* socket.write("bye");
              yield* socket.end();
            });
          }
        });
        while (!socket.isReading) yield* sleep(1);
        reader.cancel();
        yield* sleep(1e6);
      });
      while (!isLeaving) yield* sleep(1);
      yield* talk.cancel();
      assert.equal(String(yield* settle(received)), "goodbye");
      yield* socket.close();
    });
  });

  it("ends reads by a signal, and reads of several sockets at once", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const controller = new AbortController();
      const sockets = yield* all([
        connect({ host, port: foreign.port }),
        connect({ host, port: foreign.port }),
      ]);
      const peers = [yield* settle(foreign.accept()), yield* settle(foreign.accept())];
      const timer = setTimeout(() => controller.abort(new Error("enough")), 5);
      const reads = () => all(sockets.map((socket) => socket.read()));
      yield* rejects(withSignal(controller.signal, reads()), { message: "enough" });
      clearTimeout(timer);
      for (const peer of peers) peer.write("data");
      const chunks = yield* reads();
      assert.deepEqual(chunks.map(String), ["data", "data"]);
      for (const socket of sockets) yield* socket.close();
    });
  });
});

describeModels((runtime) => {
  it("shows what AsyncLocalStorage has stored after each wait for a socket", guard, async (t) => {
    const storage = new AsyncLocalStorage<string>();
    const foreign = await foreignServer(t);
    function* talk() {
      const seen = [storage.getStore()];
      const socket = yield* connect({ host, port: foreign.port });
      seen.push(storage.getStore());
      const peer = yield* settle(foreign.accept());
      peer.write("x");
      yield* socket.read();
      seen.push(storage.getStore());
      yield* socket.write("x");
      seen.push(storage.getStore());
      yield* socket.close();
      seen.push(storage.getStore());
      return seen;
    }
    await leavesNothing(runtime, async () => {
      const trees = ["a", "b"].map((name) => storage.run(name, () => runtime.run(talk)));
      trees.push(runtime.run(talk));
      assert.deepEqual(
        await Promise.all(trees),
        ["a", "b", undefined].map((name) => Array(5).fill(name)),
      );
    });
  });
});
