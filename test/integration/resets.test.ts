import assert from "node:assert/strict";
import { once } from "node:events";
import { constants } from "node:os";
import { it } from "node:test";
import { type Body, connect, listen, spawn } from "../../src/index.ts";
import { readAll, rejects, settle } from "../support/coroutines.ts";
import { foreignClient, foreignServer } from "../support/foreigners.ts";
import { startPython } from "../support/programs.ts";
import { describeRuntimes } from "../support/runtimes.ts";
import { eventually, leavesNothing, runsCleanly, settled } from "../support/settling.ts";

const guard = { timeout: 180_000 };
const { errno } = constants;
const MEBIBYTE = 1024 * 1024;
const host = "127.0.0.1";

const readReset = {
  code: "ECONNRESET",
  errno: -errno.ECONNRESET,
  syscall: "read",
  message: "read ECONNRESET",
};
/** A reset breaks a write one way or the other, depending on who was first. */
function* failsByReset(write: Body<void>) {
  let error: NodeJS.ErrnoException | undefined;
  try {
    yield* write();
  } catch (thrown) {
    error = thrown as NodeJS.ErrnoException;
  }
  assert.ok(error, "the write has not failed");
  assert.ok(error.code === "ECONNRESET" || error.code === "EPIPE", String(error));
  assert.equal(error.errno, -errno[error.code]);
  assert.equal(error.syscall, "write");
}

describeRuntimes((runtime) => {
  it("tells the reader that the peer has reset the connection, ", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      const reader = yield* spawn(function* () {
        yield* rejects(socket.read(), readReset);
      });
      yield* settle(settled(() => runtime.loop.statistics().inFlight, 3));
      peer.resetAndDestroy();
      yield* reader;
      assert.equal(socket.closed, true);
      yield* rejects(socket.read(), readReset);
    });
  });

  it("gives what has arrived before the reset first", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      peer.write("first");
      assert.equal(String(yield* socket.read()), "first");
      peer.write("last words");
      yield* settle(eventually(() => socket.bytesRead === 15, "the last words arrive"));
      peer.resetAndDestroy();
      yield* settle(settled(() => runtime.loop.statistics().inFlight, 3));
      assert.equal(String(yield* socket.read()), "last words");
      yield* rejects(socket.read(), readReset);
    });
  });

  it("tells every waiting writer that the peer has reset the connection", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      const writers = [];
      for (let i = 0; i < 3; i++) {
        writers.push(yield* spawn(() => failsByReset(() => socket.write(Buffer.alloc(16 * MEBIBYTE)))));
      }
      yield* settle(new Promise((resolve) => peer.write("last words", resolve)));
      yield* settle(settled(() => socket.bytesWritten));
      peer.resetAndDestroy();
      for (const writer of writers) yield* writer;
      // What came before the reset is there still.
      assert.equal(String(yield* socket.read()), "last words");
      yield* rejects(socket.read(), readReset);
      assert.equal(socket.closed, true);
    });
  });

  it("tells the writer that the peer has closed without reading, and survives SIGPIPE", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      yield* socket.write("nobody reads this");
      peer.destroy();
      yield* settle(once(peer, "close"));
      yield* failsByReset(function* () {
        for (;;) yield* socket.write(Buffer.alloc(65536));
      });
      yield* socket.close();
    });
  });

  it("tells the reader and the writer of a reset, which is no regular end", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      const outcomes: unknown[] = [];
      const waits = [() => socket.read(), () => socket.write(Buffer.alloc(16 * MEBIBYTE))];
      for (const wait of waits) {
        yield* spawn(function* () {
          try {
            outcomes.push(yield* wait());
          } catch (error) {
            outcomes.push((error as NodeJS.ErrnoException).code);
          }
        });
      }
      yield* settle(settled(() => socket.bytesWritten));
      peer.resetAndDestroy();
      yield* settle(eventually(() => outcomes.length === 2, "both are told"));
      // Who is told second may find the socket closed by the first one's error.
      const told = outcomes.map(String).join(", ");
      assert.match(told, /^(ECONNRESET|EPIPE), (ECONNRESET|EPIPE|ERR_SOCKET_CLOSED)$/);
      yield* socket.close();
    });
  });

  it("is told of a reset in the middle of a message", guard, async (t) => {
    await leavesNothing(runtime, async () => {
      await runtime.run(function* () {
        const server = yield* listen({ host });
        const peer = startPython(
          t,
          `
import socket, struct, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.sendall(b"half of a mess")
s.recv(1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
s.close()
`,
          server.port,
        );
        const socket = yield* server.accept();
        assert.equal(String(yield* socket.read()), "half of a mess");
        yield* socket.write("!");
        yield* rejects(socket.read(), readReset);
        yield* server.close();
        assert.equal((yield* settle(peer.end())).code, 0);
      });
    });
  });

  it("is told of the end of a peer that was killed", guard, async (t) => {
    await leavesNothing(runtime, async () => {
      await runtime.run(function* () {
        const server = yield* listen({ host });
        const peer = startPython(
          t,
          `
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.sendall(b"alive")
sys.stdin.read()
`,
          server.port,
        );
        const socket = yield* server.accept();
        assert.equal(String(yield* socket.read()), "alive");
        yield* settle(peer.kill());
        assert.equal(String(yield* readAll(socket)), "");
        yield* server.close();
      });
    });
  });

  it("accepts on when connections were reset before they were accepted", guard, async (t) => {
    await leavesNothing(runtime, async () => {
      await runtime.run(function* () {
        const server = yield* listen({ host });
        for (let i = 0; i < 20; i++) {
          const client = yield* settle(foreignClient(t, server.port));
          client.resetAndDestroy();
        }
        const last = yield* settle(foreignClient(t, server.port));
        last.end("I am still here");
        for (;;) {
          const socket = yield* server.accept();
          try {
            const text = String(yield* readAll(socket));
            if (text === "I am still here") break;
          } catch (error) {
            assert.equal((error as NodeJS.ErrnoException).code, "ECONNRESET");
          }
        }
        last.resume();
        yield* server.close();
      });
    });
  });
});
