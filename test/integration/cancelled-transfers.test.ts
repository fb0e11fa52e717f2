import assert from "node:assert/strict";
import { it } from "node:test";
import { type CancelledWrite, connect, sleep, spawn } from "../../src/index.ts";
import { inBetween, readAll, settle } from "../support/coroutines.ts";
import { arrival, foreignServer, receiveAll } from "../support/foreigners.ts";
import { PatternReader, patternBytes } from "../support/pattern.ts";
import { Random } from "../support/random.ts";
import { describeRuntimes } from "../support/runtimes.ts";
import { blockThread, eventually, runsCleanly, settled } from "../support/settling.ts";

const guard = { timeout: 180_000 };
const host = "127.0.0.1";
const MEBIBYTE = 1024 * 1024;

describeRuntimes((runtime) => {
  const atRest = () => settle(settled(() => runtime.loop.statistics().completed, 3));

  it("ends a read, and the next one gets what comes", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      const log: string[] = [];
      const reader = yield* spawn(function* () {
        try {
          log.push(`got ${yield* socket.read()}`);
        } finally {
          log.push("finally");
        }
      });
      yield* atRest();
      yield* reader.cancel();
      assert.deepEqual(log, ["finally"]);
      assert.equal(reader.state, "cancelled");
      peer.end("later");
      assert.equal(String(yield* readAll(socket)), "later");
    });
  });

  it("does not lose data that a cancelled read had got", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      const reader = yield* spawn(() => readAll(socket));
      yield* atRest();
      const bytesRead = yield* inBetween(
        () => peer.write("precious"),
        () => {
          reader.cancel();
          return socket.bytesRead;
        },
        () => socket.bytesRead > 0,
      );
      assert.equal(bytesRead, 8, "the data was there when the reader was cancelled");
      yield* reader.cancel();
      assert.equal(reader.state, "cancelled");
      assert.equal(String(yield* socket.read()), "precious");
      yield* socket.close();
    });
  });

  it("hands data that a cancelled read had got to a reader that waits already", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      const reader = yield* spawn(() => readAll(socket));
      yield* atRest();
      let got: string | undefined;
      const bytesRead = yield* inBetween(
        () => peer.write("precious"),
        () => {
          reader.cancel();
          socket.read().then(
            (chunk) => {
              got = String(chunk);
            },
            () => {},
          );
          return socket.bytesRead;
        },
        () => socket.bytesRead > 0,
      );
      assert.equal(bytesRead, 8, "the data was there when the reader was cancelled");
      yield* settle(eventually(() => got !== undefined, "it is handed over"));
      assert.equal(got, "precious");
      yield* socket.close();
    });
  });

  it("does not lose the peer's end that a cancelled read had got", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      const reader = yield* spawn(() => readAll(socket));
      yield* atRest();
      yield* inBetween(
        () => peer.end(),
        () => reader.cancel(),
      );
      assert.equal(yield* socket.read(), null);
      yield* socket.close();
    });
  });

  it("loses and reorders nothing, however often readers are cancelled", guard, async (t) => {
    const TOTAL_BYTES = 8 * MEBIBYTE;
    const random = new Random();
    t.diagnostic(`seed ${random.seed}`);
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      let sent = 0;
      const sendMore = () => {
        const lengthBytes = Math.min(random.between(1, 100_000), TOTAL_BYTES - sent);
        const flowing = peer.write(patternBytes(sent, lengthBytes));
        sent += lengthBytes;
        if (sent === TOTAL_BYTES) peer.end();
        else if (flowing) setTimeout(sendMore, random.between(0, 1));
        else peer.once("drain", sendMore);
      };
      sendMore();
      const pattern = new PatternReader();
      let ended = false;
      let cancelled = 0;
      while (!ended) {
        const reader = yield* spawn(function* () {
          for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) pattern.read(chunk);
          ended = true;
        });
        yield* sleep(random.between(0, 40) / 20);
        if (random.between(0, 3) === 0) blockThread(1);
        yield* reader.cancel();
        cancelled++;
      }
      assert.equal(pattern.bytes, TOTAL_BYTES, `seed ${random.seed}`);
      assert.ok(cancelled > 20, `${cancelled} readers`);
      peer.destroy();
    });
  });

  it("ends a write half-way; the peer has got exactly what the socket says was written", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      const data = Buffer.concat(Array.from({ length: 32 }, (_, i) => patternBytes(i * 500_000, 500_000)));
      let writtenInFinally = -1;
      const writer = yield* spawn(function* () {
        try {
          yield* socket.write(data);
        } finally {
          writtenInFinally = socket.bytesWritten;
        }
      });
      yield* settle(arrival(peer));
      yield* writer.cancel();
      assert.equal(writer.state, "cancelled");
      assert.equal(writtenInFinally, socket.bytesWritten);
      assert.ok(writtenInFinally > 0 && writtenInFinally < data.length, `${writtenInFinally} bytes`);
      yield* socket.end();
      const received = yield* settle(receiveAll(peer));
      assert.equal(received.length, writtenInFinally);
      new PatternReader().read(received);
      assert.equal(yield* socket.read(), null);
    });
  });

  it("tells who aborts a write how many bytes were written", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      const write = socket.write(Buffer.alloc(16 * MEBIBYTE));
      const outcome = new Promise<CancelledWrite>((resolve, reject) => write.then(reject, resolve as never));
      yield* atRest();
      write.abort();
      const error = yield* settle(outcome);
      assert.equal(error.name, "CancelledError");
      assert.equal(error.code, "ABORT_ERR");
      assert.equal(error.bytesWritten, socket.bytesWritten);
      yield* socket.end();
      assert.equal((yield* settle(receiveAll(peer))).length, error.bytesWritten);
      assert.equal(yield* socket.read(), null);
    });
  });

  it("takes a write that waits behind another out of the line, and the others go on", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      const first = yield* spawn(() => socket.write(Buffer.alloc(12 * MEBIBYTE, "1")));
      const second = yield* spawn(() => socket.write(Buffer.alloc(MEBIBYTE, "2")));
      const third = yield* spawn(() => socket.write(Buffer.alloc(MEBIBYTE, "3")));
      const fourth = yield* spawn(() => socket.write(Buffer.alloc(MEBIBYTE, "4")));
      yield* atRest();
      // The last one, then one in the middle, then the one in progress.
      yield* fourth.cancel();
      yield* second.cancel();
      const received = receiveAll(peer);
      yield* first;
      yield* third;
      yield* socket.write(Buffer.from("the end"));
      yield* socket.end();
      const bytes = yield* settle(received);
      assert.equal(bytes.length, 13 * MEBIBYTE + 7);
      assert.equal(bytes.indexOf("3"), 12 * MEBIBYTE);
      assert.equal(bytes.indexOf("2"), -1);
      assert.equal(String(bytes.subarray(13 * MEBIBYTE)), "the end");
      assert.equal(yield* socket.read(), null);
    });
  });

  it("goes on with the next write when the one in progress is cancelled", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      const first = yield* spawn(() => socket.write(Buffer.alloc(16 * MEBIBYTE, "1")));
      const second = yield* spawn(() => socket.write(Buffer.from("second")));
      yield* atRest();
      yield* first.cancel();
      const received = receiveAll(peer);
      yield* second;
      yield* socket.end();
      const bytes = yield* settle(received);
      assert.equal(bytes.length, socket.bytesWritten);
      assert.equal(String(bytes.subarray(bytes.indexOf("s"))), "second");
      assert.equal(yield* socket.read(), null);
    });
  });

  it("ends the wait for an end that is stuck behind a write", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ host, port: foreign.port });
      yield* spawn(function* () {
        try {
          yield* socket.write(Buffer.alloc(16 * MEBIBYTE));
        } catch {
          // The socket is closed below.
        }
      });
      const ender = yield* spawn(function* () {
        yield* socket.end();
      });
      yield* atRest();
      ender.cancel();
      yield* settle(eventually(() => ender.state === "cancelled", "the task ends").catch(() => {}));
      const { state } = ender;
      yield* socket.close();
      assert.equal(state, "cancelled");
    });
  });
});
