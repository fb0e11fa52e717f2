import assert from "node:assert/strict";
import { it } from "node:test";
import { connect, spawn } from "../../src/index.ts";
import { rejects, settle } from "../support/coroutines.ts";
import { arrival, foreignServer, receiveAll } from "../support/foreigners.ts";
import { describeRuntimes } from "../support/runtimes.ts";
import { runsCleanly, settled } from "../support/settling.ts";

const guard = { timeout: 180_000 };
const host = "127.0.0.1";

describeRuntimes((runtime) => {
  it("does not mix the writes of several tasks", guard, async (t) => {
    const TASKS = 20;
    const LENGTH_BYTES = 400_000;
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      const writers = [];
      for (let i = 0; i < TASKS; i++) {
        const writer = yield* spawn(function* () {
          yield* socket.write(Buffer.alloc(LENGTH_BYTES, i));
          yield* socket.write(Buffer.of(i));
          yield* socket.write(Buffer.alloc(LENGTH_BYTES, i));
        });
        writers.push(writer);
      }
      const received = receiveAll(peer);
      for (const writer of writers) yield* writer;
      yield* socket.end();
      const bytes = yield* settle(received);
      assert.equal(bytes.length, TASKS * (2 * LENGTH_BYTES + 1));
      const written = Array(TASKS).fill(0);
      for (let at = 0; at < bytes.length; ) {
        const task = bytes[at]!;
        const length = written[task] === LENGTH_BYTES ? 1 : LENGTH_BYTES;
        const piece = bytes.subarray(at, at + length);
        assert.ok(piece.equals(Buffer.alloc(length, task)), `the write of task ${task} is in one piece`);
        written[task] += length;
        at += length;
      }
      yield* socket.close();
    });
  });

  it("sends text as UTF-8, views as what they show, and empty data as nothing", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const received = foreign.accept().then(receiveAll);
      yield* socket.write("Grüße, ");
      yield* socket.write("");
      yield* socket.write(Buffer.alloc(0));
      yield* socket.write(new Uint8Array(0));
      yield* socket.write(Buffer.from("..die Welt..").subarray(2, 10));
      yield* socket.write(new Uint8Array(Buffer.from("123456789")).subarray(8));
      yield* socket.end();
      assert.equal(String(yield* settle(received)), "Grüße, die Welt9");
      assert.equal(socket.bytesWritten, 18);
      yield* socket.close();
    });
  });

  it("has done with the data when the write is done", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const received = foreign.accept().then(receiveAll);
      for (const length of [1, 100, 5000, 100_000]) {
        const data = Buffer.alloc(length, "a");
        yield* socket.write(data);
        data.fill("b");
      }
      yield* socket.end();
      const bytes = yield* settle(received);
      assert.equal(bytes.length, 105_101);
      assert.equal(bytes.indexOf("b"), -1);
      yield* socket.close();
    });
  });

  it("refuses what is neither text nor bytes, and the socket goes on", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const received = foreign.accept().then(receiveAll);
      const wrong = [
        undefined,
        null,
        1,
        {},
        [1],
        new ArrayBuffer(4),
        new Uint16Array(2),
        new Float64Array(1),
      ];
      for (const data of wrong as Uint8Array[]) {
        assert.throws(() => socket.write(data), { name: "TypeError", code: "ERR_INVALID_ARG_TYPE" });
      }
      yield* socket.write("fine");
      yield* socket.end();
      assert.equal(String(yield* settle(received)), "fine");
      yield* socket.close();
    });
  });

  it("lets one task read at a time", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      const reader = yield* spawn(() => socket.read());
      yield* spawn(function* () {
        yield* rejects(socket.read(), { code: "EBUSY" });
        peer.write("for the first one");
      });
      assert.equal(String(yield* reader), "for the first one");
      yield* socket.close();
    });
  });

  const thefts: Record<string, (memory: ArrayBuffer) => unknown> = {
    "transferred away": (memory) => structuredClone(memory, { transfer: [memory] }),
    shrunk: (memory) => (memory as ArrayBuffer & { resize(lengthBytes: number): void }).resize(1000),
  };
  for (const [how, steal] of Object.entries(thefts)) {
    it(`takes data for sent only if it was, when it is ${how} in the meantime`, guard, async (t) => {
      const LENGTH_BYTES = 32 * 1024 * 1024;
      const foreign = await foreignServer(t);
      await runsCleanly(runtime, function* () {
        const socket = yield* connect({ host, port: foreign.port });
        const peer = yield* settle(foreign.accept());
        const options = { maxByteLength: LENGTH_BYTES };
        const memory = Reflect.construct(ArrayBuffer, [LENGTH_BYTES, ...(how === "shrunk" ? [options] : [])]);
        const writer = yield* spawn(() => socket.write(new Uint8Array(memory).fill(1)));
        const outcome = writer.promise.then(
          () => "success",
          (error: NodeJS.ErrnoException) => error.code,
        );
        yield* settle(arrival(peer));
        yield* settle(settled(() => socket.bytesWritten));
        const stolen = steal(memory);
        const received = receiveAll(peer);
        const told = yield* settle(outcome);
        if (!socket.closed) yield* socket.end();
        const bytes = yield* settle(received);
        assert.equal(bytes.length, socket.bytesWritten);
        assert.ok(Buffer.alloc(bytes.length, 1).equals(bytes), "the peer gets nothing else");
        // What is in the kernel's hands already may still go out as a whole.
        if (bytes.length === LENGTH_BYTES) assert.equal(told, "success");
        else assert.match(told!, /^(ERR_[A-Z_]+|E[A-Z]+)$/);
        yield* socket.close();
        return stolen;
      });
    });
  }
});
