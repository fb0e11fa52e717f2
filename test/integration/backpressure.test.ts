import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { Socket as ForeignSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { connect, listen, sleep, spawn } from "../../src/index.ts";
import { rejects, settle } from "../support/coroutines.ts";
import { foreignClient, foreignServer } from "../support/foreigners.ts";
import { PatternReader, patternBytes } from "../support/pattern.ts";
import { describeRuntimes } from "../support/runtimes.ts";
import { eventually, runsCleanly, settled, usedMemory } from "../support/settling.ts";

const guard = { timeout: 180_000 };
const host = "127.0.0.1";
const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;
const BLOCK_BYTES = 64 * KIBIBYTE;

/** What the system's own buffers may hold of a connection, both ends together. */
const SYSTEM_BYTES = 16 * MEBIBYTE;

/** Sends the pattern as fast as the other side takes it. */
async function sendPattern(peer: ForeignSocket, lengthBytes: number): Promise<void> {
  for (let sent = 0; sent < lengthBytes; sent += BLOCK_BYTES) {
    if (!peer.write(patternBytes(sent, BLOCK_BYTES))) await once(peer, "drain");
  }
}

describeRuntimes((runtime) => {
  // The usual features with much data; the rarer ones with some.
  const scale = runtime.name === runtime.model ? 4 : 1;

  it("lets the writer wait for a peer that does not read, and then delivers everything", guard, async (t) => {
    const TOTAL_BYTES = scale * 64 * MEBIBYTE;
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      const before = yield* settle(usedMemory());
      const writer = yield* spawn(function* () {
        for (let sent = 0; sent < TOTAL_BYTES; sent += BLOCK_BYTES) {
          yield* socket.write(patternBytes(sent, BLOCK_BYTES));
        }
        yield* socket.end();
      });

      yield* settle(eventually(() => socket.bytesWritten > 0, "it writes"));
      const stuckAt = yield* settle(settled(() => socket.bytesWritten));
      assert.ok(stuckAt < SYSTEM_BYTES, `the writer stops, at ${stuckAt} bytes`);
      assert.equal(writer.state, "running");
      const grown = (yield* settle(usedMemory())) - before;
      assert.ok(grown < 4 * MEBIBYTE, `waiting takes little memory: ${grown} bytes`);

      const reader = new PatternReader();
      peer.on("data", (chunk: Buffer) => reader.read(chunk)).resume();
      yield* settle(once(peer, "end"));
      yield* writer;
      assert.equal(reader.bytes, TOTAL_BYTES);
      assert.equal(socket.bytesWritten, TOTAL_BYTES);
      yield* socket.close();
    });
  });

  it("stops a fast sender while the program does not read, and then reads everything", guard, async (t) => {
    const TOTAL_BYTES = scale * 32 * MEBIBYTE;
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host });
      const peer = yield* settle(foreignClient(t, server.port));
      const socket = yield* server.accept();
      const before = yield* settle(usedMemory());
      const sent = sendPattern(peer, TOTAL_BYTES);

      const reader = new PatternReader();
      reader.read((yield* socket.read())!);
      const stuckAt = yield* settle(settled(() => socket.bytesRead));
      assert.ok(stuckAt < 4 * MEBIBYTE, `receiving stops, at ${stuckAt} bytes`);
      assert.ok(peer.writableNeedDrain, "the sender waits");
      const grown = (yield* settle(usedMemory())) - before;
      assert.ok(grown < 8 * MEBIBYTE, `what waits takes little memory: ${grown} bytes`);

      while (reader.bytes < TOTAL_BYTES) reader.read((yield* socket.read())!);
      assert.equal(socket.bytesRead, TOTAL_BYTES);
      yield* settle(sent);
      yield* socket.close();
      yield* server.close();
    });
  });

  it("receives nothing before the program reads for the first time", guard, async (t) => {
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host });
      const peer = yield* settle(foreignClient(t, server.port));
      const socket = yield* server.accept();
      peer.write(patternBytes(0, BLOCK_BYTES));
      yield* settle(settled(() => runtime.loop.statistics().completed, 3));
      assert.equal(socket.bytesRead, 0);
      const reader = new PatternReader();
      while (reader.bytes < BLOCK_BYTES) reader.read((yield* socket.read())!);
      yield* socket.close();
      yield* server.close();
    });
  });

  it("pauses and goes on receiving when the program reads in bursts", guard, async (t) => {
    const TOTAL_BYTES = scale * 32 * MEBIBYTE;
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host });
      const peer = yield* settle(foreignClient(t, server.port));
      const socket = yield* server.accept();
      const sent = sendPattern(peer, TOTAL_BYTES).then(() => peer.end());
      const reader = new PatternReader();
      let bursts = 0;
      for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) {
        reader.read(chunk);
        // For a while, more or less piles up; then all of that is read at once.
        if (reader.bytes === socket.bytesRead) yield* sleep((bursts++ % 8) / 4);
      }
      assert.equal(reader.bytes, TOTAL_BYTES);
      yield* settle(sent);
      peer.destroy();
      yield* server.close();
    });
  });

  it("lets other connections go on while the program does not read from fast senders", guard, async (t) => {
    const GREEDY = 40;
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host });
      const greedy = [];
      for (let i = 0; i < GREEDY; i++) {
        const peer = yield* settle(foreignClient(t, server.port));
        const socket = yield* server.accept();
        const sent = sendPattern(peer, 2 * MEBIBYTE);
        const reader = new PatternReader();
        reader.read((yield* socket.read())!);
        greedy.push({ peer, socket, sent, reader });
      }
      const peer = yield* settle(foreignClient(t, server.port));
      peer.on("data", (chunk) => peer.write(chunk)).resume();
      const modest = yield* server.accept();
      for (let i = 0; i < 100; i++) {
        yield* modest.write(`message ${i}`);
        assert.equal(String(yield* modest.read()), `message ${i}`);
      }
      for (const { socket, reader, sent, peer } of greedy) {
        while (reader.bytes < 2 * MEBIBYTE) reader.read((yield* socket.read())!);
        yield* settle(sent);
        peer.destroy();
        yield* socket.close();
      }
      yield* modest.close();
      peer.destroy();
      yield* server.close();
    });
  });

  it("answers a peer that sends one byte at a time", guard, async (t) => {
    const COUNT = scale * 1000;
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host });
      const peer = yield* settle(foreignClient(t, server.port));
      const socket = yield* server.accept();
      const bytes = patternBytes(0, COUNT);
      let next = 0;
      const sendNext = () => peer.write(bytes.subarray(next, ++next));
      peer.on("data", () => (next < COUNT ? sendNext() : peer.end())).resume();
      sendNext();
      const before = yield* settle(usedMemory());
      const chunks: Buffer[] = [];
      for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) {
        assert.equal(chunk.length, 1);
        chunks.push(chunk);
        yield* socket.write(chunk);
      }
      const grown = (yield* settle(usedMemory())) - before;
      assert.ok(grown < 4 * MEBIBYTE, `many small chunks share memory: ${grown} bytes`);
      assert.deepEqual(Buffer.concat(chunks), bytes);
      peer.destroy();
      yield* server.close();
    });
  });

  it("puts a stream of single bytes together in order", guard, async (t) => {
    const COUNT = scale * 5000;
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host });
      const peer = yield* settle(foreignClient(t, server.port));
      const socket = yield* server.accept();
      const bytes = patternBytes(0, COUNT);
      let sent = 0;
      const sendMore = () => {
        for (let i = 0; i < 50; i++) peer.write(bytes.subarray(sent, ++sent));
        if (sent < COUNT) setImmediate(sendMore);
        else peer.end();
      };
      sendMore();
      const reader = new PatternReader();
      for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) reader.read(chunk);
      assert.equal(reader.bytes, COUNT);
      peer.destroy();
      yield* server.close();
    });
  });

  it("tells that the queue of a Unix listener is full, as Node does", guard, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "pentio-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const path = join(directory, "socket");
    await runsCleanly(runtime, function* () {
      // Nobody accepts yet, and the queue holds two.
      const server = yield* listen({ path, backlog: 1 });
      const first = yield* connect({ path });
      const second = yield* connect({ path });
      for (let i = 0; i < 4; i++) {
        yield* rejects(connect({ path }), { code: "EAGAIN", syscall: "connect", path });
      }
      for (let i = 0; i < 2; i++) yield* (yield* server.accept()).close();
      const third = yield* connect({ path });
      for (const socket of [first, second, third]) yield* socket.close();
      yield* server.close();
    });
  });
});
