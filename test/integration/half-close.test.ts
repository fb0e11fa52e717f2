import assert from "node:assert/strict";
import { once } from "node:events";
import { it } from "node:test";
import { connect, listen, spawn } from "../../src/index.ts";
import { readAll, rejects, settle } from "../support/coroutines.ts";
import { foreignClient, foreignServer, receiveAll } from "../support/foreigners.ts";
import { PatternReader, patternBytes } from "../support/pattern.ts";
import { describeRuntimes } from "../support/runtimes.ts";
import { eventually, leavesNothing, settled } from "../support/settling.ts";

const guard = { timeout: 180_000 };
const MEBIBYTE = 1024 * 1024;

function verify(received: Uint8Array, lengthBytes: number): void {
  assert.equal(received.length, lengthBytes);
  new PatternReader().read(received);
}

describeRuntimes((runtime) => {
  it("sends on to a peer that has ended, with allowHalfOpen", guard, async (t) => {
    await leavesNothing(runtime, async () => {
      let received: Promise<Buffer> | undefined;
      await runtime.run(function* () {
        const server = yield* listen({ host: "127.0.0.1", allowHalfOpen: true });
        const peer = foreignClient(t, { port: server.port, host: "127.0.0.1", allowHalfOpen: true });
        received = peer.then((client) => receiveAll(client.end("the question")));
        const socket = yield* server.accept();
        assert.equal(String(yield* readAll(socket)), "the question");
        assert.equal(socket.closed, false);
        for (let i = 0; i < 16; i++) yield* socket.write(patternBytes(i * 65536, 65536));
        yield* socket.end();
        assert.equal(socket.closed, true, "both sides have ended");
        yield* server.close();
      });
      verify(await received!, MEBIBYTE);
    });
  });

  it("sends on from its own connection to a peer that has ended, with allowHalfOpen", guard, async (t) => {
    const foreign = await foreignServer(t, { allowHalfOpen: true });
    await leavesNothing(runtime, async () => {
      const received = foreign.accept().then((peer) => {
        peer.end("the greeting");
        return receiveAll(peer);
      });
      await runtime.run(function* () {
        const socket = yield* connect({ host: "127.0.0.1", port: foreign.port, allowHalfOpen: true });
        assert.equal(String(yield* readAll(socket)), "the greeting");
        yield* socket.write(patternBytes(0, 500_000));
        yield* socket.write(patternBytes(500_000, 500_000));
        yield* socket.end();
      });
      verify(await received, 1_000_000);
    });
  });

  it("says null again and again once the peer has ended, with allowHalfOpen", guard, async (t) => {
    const foreign = await foreignServer(t, { allowHalfOpen: true });
    await leavesNothing(runtime, async () => {
      const peer = foreign.accept().then((socket) => socket.resume().end());
      await runtime.run(function* () {
        const socket = yield* connect({ host: "127.0.0.1", port: foreign.port, allowHalfOpen: true });
        for (let i = 0; i < 3; i++) assert.equal(yield* socket.read(), null);
        yield* socket.close();
      });
      await peer;
    });
  });

  it("reads the rest after its own end", guard, async (t) => {
    const foreign = await foreignServer(t, { allowHalfOpen: true });
    await leavesNothing(runtime, async () => {
      const peer = foreign.accept().then(async (socket) => {
        assert.equal(String(await receiveAll(socket)), "that is all");
        for (let i = 0; i < 64; i++) socket.write(patternBytes(i * 65536, 65536));
        socket.end();
      });
      await runtime.run(function* () {
        const socket = yield* connect({ host: "127.0.0.1", port: foreign.port });
        yield* socket.write("that is ");
        yield* socket.write("all");
        yield* socket.end();
        assert.equal(socket.closed, false);
        verify(yield* readAll(socket), 4 * MEBIBYTE);
        assert.equal(socket.closed, true, "both sides have ended");
      });
      await peer;
    });
  });

  it("closes by itself when the peer has ended, without allowHalfOpen", guard, async (t) => {
    const foreign = await foreignServer(t, { allowHalfOpen: true });
    await leavesNothing(runtime, async () => {
      const peer = foreign.accept().then(async (socket) => {
        socket.end("goodbye");
        await receiveAll(socket);
      });
      await runtime.run(function* () {
        const socket = yield* connect({ host: "127.0.0.1", port: foreign.port });
        assert.equal(String(yield* socket.read()), "goodbye");
        assert.equal(yield* socket.read(), null);
        assert.equal(socket.closed, true);
        assert.equal(socket.fd, -1);
        yield* spawn(function* () {
          yield* rejects(socket.write("too late"), { code: "EPIPE", syscall: "write" });
        });
      });
      await peer;
    });
  });

  it("finishes the writes in progress before it closes by itself", guard, async (t) => {
    const foreign = await foreignServer(t, { allowHalfOpen: true });
    await leavesNothing(runtime, async () => {
      const accepted = foreign.accept();
      const task = runtime.run(function* () {
        const socket = yield* connect({ host: "127.0.0.1", port: foreign.port });
        for (let i = 0; i < 32; i++) {
          yield* spawn(function* () {
            yield* socket.write(patternBytes(i * 500_000, 500_000));
          });
        }
        assert.equal(yield* socket.read(), null);
      });
      const peer = await accepted;
      // The writes are stuck, then the end is read, and only then the peer reads.
      await settled(() => runtime.loop.statistics().submitted);
      peer.end();
      await settled(() => runtime.loop.statistics().completed);
      assert.equal(task.state, "running");
      verify(await receiveAll(peer), 16_000_000);
      await task;
    });
  });

  it("tells the reader of the peer's end even if its own end comes in between", guard, async (t) => {
    const foreign = await foreignServer(t, { allowHalfOpen: true });
    await leavesNothing(runtime, async () => {
      const accepted = foreign.accept();
      let answer: Promise<Buffer> | undefined;
      await runtime.run(function* () {
        const socket = yield* connect({ host: "127.0.0.1", port: foreign.port });
        const ended = accepted.then(async (peer) => {
          peer.write("a question");
          await eventually(() => socket.bytesRead === 10, "the question arrives");
          peer.end();
          await settled(() => runtime.loop.statistics().completed);
          answer = receiveAll(peer);
        });
        assert.equal(String(yield* socket.read()), "a question");
        yield* settle(ended);
        yield* socket.write("an answer");
        yield* socket.end();
        assert.equal(yield* socket.read(), null);
      });
      assert.equal(String(await answer), "an answer");
    });
  });

  it("sends everything before the end, and refuses writes after it", guard, async (t) => {
    const foreign = await foreignServer(t);
    await leavesNothing(runtime, async () => {
      const received = foreign.accept().then(receiveAll);
      await runtime.run(function* () {
        const socket = yield* connect({ host: "127.0.0.1", port: foreign.port });
        for (let i = 0; i < 8; i++) {
          yield* spawn(function* () {
            yield* socket.write(patternBytes(i * 900_000, 900_000));
          });
        }
        yield* spawn(function* () {
          yield* socket.end();
        });
        yield* spawn(function* () {
          yield* socket.end();
          yield* rejects(socket.write("more"), { code: "ERR_STREAM_WRITE_AFTER_END" });
        });
        assert.equal(yield* socket.read(), null);
      });
      verify(await received, 7_200_000);
    });
  });

  it("tells a waiting reader and waiting writers that the socket was closed under them", guard, async (t) => {
    const foreign = await foreignServer(t);
    await leavesNothing(runtime, async () => {
      const peer = foreign.accept();
      await runtime.run(function* () {
        const socket = yield* connect({ host: "127.0.0.1", port: foreign.port });
        const reader = yield* spawn(function* () {
          yield* rejects(socket.read(), { code: "ERR_SOCKET_CLOSED" });
        });
        const writers = [];
        for (let i = 0; i < 3; i++) {
          const writer = yield* spawn(function* () {
            yield* rejects(socket.write(Buffer.alloc(16 * MEBIBYTE)), { code: "ERR_SOCKET_CLOSED" });
          });
          writers.push(writer);
        }
        yield* settle(settled(() => socket.bytesWritten));
        yield* socket.close();
        yield* socket.close();
        for (const task of [reader, ...writers]) yield* task;
        yield* rejects(socket.read(), { code: "ERR_SOCKET_CLOSED" });
        yield* rejects(socket.write("x"), { code: "ERR_SOCKET_CLOSED" });
        yield* socket.end();
      });
      const socket = await peer;
      socket.resume();
      if (!socket.closed) await once(socket, "close");
    });
  });
});
