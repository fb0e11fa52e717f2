import assert from "node:assert/strict";
import { it } from "node:test";
import { connect, listen, sleep, spawn, until } from "../../src/index.ts";
import { settle } from "../support/coroutines.ts";
import { foreignServer } from "../support/foreigners.ts";
import { describeModels } from "../support/runtimes.ts";
import { runsCleanly } from "../support/settling.ts";

const guard = { timeout: 180_000 };
const host = "127.0.0.1";

describeModels((runtime) => {
  it("ends sleeps in their order, and none too early, while sockets are busy", guard, async () => {
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host });
      const client = yield* connect({ host, port: server.port });
      const socket = yield* server.accept();
      yield* server.close();
      let exchanges = 0;
      let stop = false;
      const echo = yield* spawn(function* () {
        for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) {
          yield* socket.write(chunk);
        }
      });
      const load = yield* spawn(function* () {
        while (!stop) {
          yield* client.write("ping");
          yield* client.read();
          exchanges++;
        }
      });

      // When its time comes is known up to what passes while it goes to sleep, and to a whole millisecond.
      const woken: { from: number; to: number }[] = [];
      const sleepers = [40, 0, 25, 5, 60, 15.5, 1].map((delayMs) => {
        const bounds = { from: performance.now() + delayMs, to: 0 };
        const sleeper = sleep(delayMs).then(() => {
          assert.ok(performance.now() >= bounds.from, `a sleep of ${delayMs} ms was shorter`);
          woken.push(bounds);
        });
        bounds.to = Math.ceil(performance.now() + delayMs);
        return sleeper;
      });
      for (const sleeper of sleepers) yield* until(sleeper);
      assert.equal(woken.length, sleepers.length);
      woken.forEach(({ from }, i) => {
        for (const later of woken.slice(i + 1)) assert.ok(later.to >= from, "it is overtaken by a later one");
      });
      const before = exchanges;
      while (exchanges === before) yield* sleep(1);

      stop = true;
      yield* load;
      yield* client.close();
      yield* echo;
    });
  });

  it("goes on with sockets while a sleep lasts", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      const sleeper = yield* spawn(() => sleep(1_000_000));
      const socket = yield* connect({ host, port: foreign.port });
      const peer = yield* settle(foreign.accept());
      for (let i = 0; i < 100; i++) {
        peer.write(`${i}`);
        assert.equal(String(yield* socket.read()), `${i}`);
      }
      assert.equal(sleeper.state, "running");
      yield* sleeper.cancel();
      yield* socket.close();
    });
  });

  it(
    "gives up a read for which there is no more time, and loses nothing of what comes then",
    guard,
    async (t) => {
      const foreign = await foreignServer(t);
      await runsCleanly(runtime, function* () {
        const socket = yield* connect({ host, port: foreign.port });
        const peer = yield* settle(foreign.accept());
        for (let i = 0; i < 20; i++) {
          const reader = yield* spawn(() => socket.read());
          yield* sleep(i / 10);
          yield* reader.cancel();
          assert.equal(reader.state, "cancelled");
          peer.write(`${i}`);
          assert.equal(String(yield* socket.read()), `${i}`);
        }
        yield* socket.close();
      });
    },
  );
});
