import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket as ForeignSocket } from "node:net";
import { it } from "node:test";
import { connect, listen, type Socket, sleep, spawn } from "../../src/index.ts";
import { settle } from "../support/coroutines.ts";
import { foreignClient, foreignServer } from "../support/foreigners.ts";
import { PatternReader, patternBytes } from "../support/pattern.ts";
import { Random } from "../support/random.ts";
import { describeRuntimes } from "../support/runtimes.ts";
import { collectGarbage, runsCleanly } from "../support/settling.ts";

const guard = { timeout: 180_000 };
const host = "127.0.0.1";
const CONNECTIONS = 4;
const MEBIBYTE = 1024 * 1024;

/** Collects garbage all the time, and fills memory that was freed with other bytes as soon as it can. */
function* pressure() {
  let filler: Uint8Array[] = [];
  for (let i = 0; ; i++) {
    collectGarbage(i % 8 !== 0);
    if (i % 50 === 0) filler = [];
    filler.push(Buffer.alloc(64 * 1024, 0xee), new Uint8Array(60_000).fill(0xee), Buffer.alloc(100, 0xee));
    yield* sleep(0.5);
  }
}

/** Mostly small, sometimes large, as messages are. */
function messageLength(random: Random): number {
  return random.between(0, 2) === 0 ? random.between(1, 300 * 1024) : random.between(1, 2000);
}

/** The bytes in one of the guises that a program may send them in; nobody but the socket holds on to them. */
function disguise(bytes: Buffer, random: Random): Uint8Array {
  switch (random.between(0, 4)) {
    case 0:
      return bytes;
    case 1:
      return new Uint8Array(bytes);
    case 2: {
      // In the middle of a larger one.
      const larger = new Uint8Array(bytes.length + 20);
      larger.set(bytes, 13);
      return larger.subarray(13, 13 + bytes.length);
    }
    case 3: {
      // From Node's pool, if it is small.
      const pooled = Buffer.allocUnsafe(bytes.length);
      pooled.set(bytes);
      return pooled;
    }
    default: {
      const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
      shared.set(bytes);
      return shared;
    }
  }
}

function* send(socket: Socket, lengthBytes: number, random: Random) {
  for (let sent = 0; sent < lengthBytes; ) {
    const length = Math.min(messageLength(random), lengthBytes - sent);
    yield* socket.write(disguise(patternBytes(sent, length), random));
    sent += length;
  }
  yield* socket.end();
}

async function foreignSend(peer: ForeignSocket, lengthBytes: number, random: Random): Promise<void> {
  for (let sent = 0; sent < lengthBytes; ) {
    const length = Math.min(messageLength(random), lengthBytes - sent);
    if (!peer.write(patternBytes(sent, length))) await once(peer, "drain");
    sent += length;
  }
  peer.end();
}

async function foreignReceive(peer: ForeignSocket): Promise<number> {
  const reader = new PatternReader();
  peer.on("data", (chunk: Buffer) => reader.read(chunk)).resume();
  await once(peer, "end");
  return reader.bytes;
}

describeRuntimes((runtime) => {
  const TOTAL_BYTES = (runtime.name === runtime.model ? 24 : 6) * MEBIBYTE;

  it("changes no byte in either direction, whatever the sizes", guard, async (t) => {
    const random = new Random();
    t.diagnostic(`seed ${random.seed}`);
    await runsCleanly(runtime, function* () {
      const collecting = yield* spawn(pressure);
      const server = yield* listen({ host, allowHalfOpen: true });
      const tasks = [];
      const foreign: Promise<unknown>[] = [];
      for (let i = 0; i < CONNECTIONS; i++) {
        const where = { host, port: server.port, allowHalfOpen: true };
        const peer = yield* settle(foreignClient(t, where));
        const socket = yield* server.accept();
        foreign.push(foreignSend(peer, TOTAL_BYTES, random));
        foreign.push(foreignReceive(peer).then((bytes) => assert.equal(bytes, TOTAL_BYTES)));
        tasks.push(yield* spawn(() => send(socket, TOTAL_BYTES, random)));
        const reading = yield* spawn(function* () {
          const reader = new PatternReader();
          for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) reader.read(chunk);
          assert.equal(reader.bytes, TOTAL_BYTES);
        });
        tasks.push(reading);
      }
      for (const task of tasks) yield* task;
      yield* settle(Promise.all(foreign));
      yield* collecting.cancel();
      yield* server.close();
    });
  });

  it("leaves chunks that the program keeps as they were, while others arrive", guard, async (t) => {
    const random = new Random();
    t.diagnostic(`seed ${random.seed}`);
    await runsCleanly(runtime, function* () {
      const collecting = yield* spawn(pressure);
      const server = yield* listen({ host });
      const readings = [];
      for (let i = 0; i < CONNECTIONS; i++) {
        const peer = yield* settle(foreignClient(t, server.port));
        const socket = yield* server.accept();
        foreignSend(peer, TOTAL_BYTES / 2, random);
        const reading = yield* spawn(function* () {
          const kept: Buffer[] = [];
          for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) kept.push(chunk);
          return kept;
        });
        readings.push(reading);
      }
      const all = [];
      for (const reading of readings) all.push(yield* reading);
      yield* collecting.cancel();
      for (const kept of all) {
        const reader = new PatternReader();
        for (const chunk of kept) reader.read(chunk);
        assert.equal(reader.bytes, TOTAL_BYTES / 2);
      }
      yield* server.close();
    });
  });

  it("keeps the data of a cancelled write while the kernel may read it", guard, async (t) => {
    const foreign = await foreignServer(t);
    const random = new Random();
    t.diagnostic(`seed ${random.seed}`);
    await runsCleanly(runtime, function* () {
      const collecting = yield* spawn(pressure);
      for (let i = 0; i < 10; i++) {
        const socket = yield* connect({ host, port: foreign.port });
        const peer = yield* settle(foreign.accept());
        const received = foreignReceive(peer);
        let expected = 0;
        while (expected < 2 * MEBIBYTE) {
          const before = socket.bytesWritten;
          const writer = yield* spawn(() => socket.write(patternBytes(before, 900_000)));
          yield* sleep(random.between(0, 10) / 20);
          yield* writer.cancel();
          expected = socket.bytesWritten;
        }
        yield* socket.end();
        assert.equal(yield* settle(received), expected);
        assert.equal(yield* socket.read(), null);
      }
      yield* collecting.cancel();
    });
  });

  it("keeps the data of stuck writes, though the program has forgotten it", guard, async (t) => {
    const foreign = await foreignServer(t);
    const random = new Random();
    t.diagnostic(`seed ${random.seed}`);
    await runsCleanly(runtime, function* () {
      const sockets: Socket[] = [];
      const stuck = [];
      const peers = [];
      for (let i = 0; i < 10; i++) {
        const socket = yield* connect({ host, port: foreign.port });
        peers.push(yield* settle(foreign.accept()));
        sockets.push(socket);
        // Small ones, too, wait behind what the system takes.
        stuck.push(yield* spawn(() => send(socket, 8 * MEBIBYTE, random)));
      }
      const collecting = yield* spawn(pressure);
      yield* sleep(100);
      const received = peers.map(foreignReceive);
      for (const task of stuck) yield* task;
      assert.deepEqual(yield* settle(Promise.all(received)), Array(10).fill(8 * MEBIBYTE));
      for (const socket of sockets) yield* socket.close();
      yield* collecting.cancel();
    });
  });
});
