import assert from "node:assert/strict";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import net from "node:net";
import { describe, it } from "node:test";
import { setImmediate as immediate, setTimeout as timeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gzip } from "node:zlib";
import { probeModels } from "../../src/drivers/index.ts";
import { connect, listen, type Model, run, type Socket, sleep, spawn } from "../../src/index.ts";
import { settle } from "../support/coroutines.ts";
import { foreignClient } from "../support/foreigners.ts";
import { describeModels } from "../support/runtimes.ts";
import { leavesNothing } from "../support/settling.ts";

const guard = { timeout: 180_000 };
const host = "127.0.0.1";
const thisFile = fileURLToPath(import.meta.url);

/** What a program of Node's does beside: each of these many times, one after the other. */
const nodesOwn: Record<string, () => Promise<void>> = {
  timers: async () => {
    for (let i = 0; i < 20; i++) await timeout(1);
  },
  immediates: async () => {
    for (let i = 0; i < 100; i++) await immediate();
  },
  nextTicks: async () => {
    for (let i = 0; i < 100; i++) await new Promise<void>((resolve) => process.nextTick(resolve));
  },
  files: async () => {
    for (let i = 0; i < 20; i++) {
      assert.match(await readFile(thisFile, "utf8"), /What a program of Node's does/);
      const file = await open(thisFile);
      await file.read(Buffer.alloc(10), 0, 10, 0);
      await file.close();
    }
  },
  "the thread pool": async () => {
    for (let i = 0; i < 20; i++) {
      await new Promise<void>((resolve, reject) =>
        gzip("some text", (error) => (error ? reject(error) : resolve())),
      );
    }
  },
  "node:net": async () => {
    const server = net.createServer((socket) => socket.pipe(socket)).listen(0, host);
    await once(server, "listening");
    const client = net.connect((server.address() as net.AddressInfo).port, host);
    for (let i = 0; i < 100; i++) {
      client.write(`${i}`);
      assert.equal(String((await once(client, "data"))[0]), `${i}`);
    }
    client.end();
    server.close();
    await once(server, "close");
  },
};

describeModels((runtime) => {
  for (const [name, work] of Object.entries(nodesOwn)) {
    it(`lets ${name} go on while Pentio is busy with sockets`, guard, async () => {
      await leavesNothing(runtime, async () => {
        let stop = false;
        let exchanges = 0;
        function* echo(socket: Socket) {
          for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) {
            yield* socket.write(chunk);
          }
        }
        const load = runtime.run(function* () {
          const server = yield* listen({ host });
          const tasks = [];
          for (let i = 0; i < 16; i++) {
            const client = yield* connect({ host, port: server.port });
            const socket = yield* server.accept();
            yield* spawn(() => echo(socket));
            const task = yield* spawn(function* () {
              while (!stop) {
                yield* client.write("ping");
                yield* client.read();
                exchanges++;
              }
              yield* client.end();
              while (yield* client.read());
            });
            tasks.push(task);
          }
          for (const task of tasks) yield* task;
          yield* server.close();
        });
        while (exchanges < 100) await timeout(1);
        const before = exchanges;
        await work();
        // Work that does not reach Node's loop, such as nextTicks, may be over within one turn.
        while (exchanges === before) await timeout(1);
        stop = true;
        await load;
      });
    });
  }

  it("lets Node go on while tasks never wait for long", guard, async () => {
    await leavesNothing(runtime, async () => {
      let stop = false;
      let turns = 0;
      const busy = runtime.run(function* () {
        for (let i = 0; i < 3; i++) {
          yield* spawn(function* () {
            while (!stop) {
              yield* spawn(function* () {});
              turns++;
            }
          });
          yield* spawn(function* () {
            while (!stop) yield* sleep(0);
          });
        }
      });
      await timeout(1);
      for (let i = 0; i < 10; i++) await readFile(thisFile);
      await immediate();
      assert.ok(turns > 0);
      stop = true;
      await busy;
    });
  });

  it("goes on while Node is busy", guard, async (t) => {
    await leavesNothing(runtime, async () => {
      let stop = false;
      const spin = () => {
        if (!stop) setImmediate(spin);
      };
      spin();
      const churn = (async () => {
        while (!stop) await immediate();
      })();
      await runtime.run(function* () {
        const server = yield* listen({ host });
        const peer = yield* settle(foreignClient(t, server.port));
        peer.on("data", (chunk) => peer.write(chunk)).resume();
        const socket = yield* server.accept();
        for (let i = 0; i < 200; i++) {
          yield* socket.write(`${i}`);
          assert.equal(String(yield* socket.read()), `${i}`);
          if (i % 20 === 0) yield* sleep(1);
        }
        yield* socket.close();
        yield* server.close();
      });
      stop = true;
      await churn;
    });
  });

  it("runs promises and nextTicks that tasks have set off before it waits", guard, async () => {
    await leavesNothing(runtime, async () => {
      const log: string[] = [];
      await runtime.run(function* () {
        Promise.resolve().then(() => log.push("promise"));
        process.nextTick(() => log.push("nextTick"));
        yield* sleep(1);
        log.push("task");
      });
      assert.deepEqual(log, ["nextTick", "promise", "task"]);
    });
  });
});

describe("all models", () => {
  it("run in one process, and each talks to the next", guard, async () => {
    const working = probeModels().flatMap(({ model, works }) => (works ? [model] : []));
    const talks = working.map((model, i) => talk(model, working[(i + 1) % working.length]!));
    await Promise.all(talks);
  });
});

/** A client on one model asks a server on another. */
async function talk(clientModel: Model, serverModel: Model): Promise<void> {
  await run(
    function* () {
      const server = yield* listen({ host });
      const client = run(
        function* () {
          const socket = yield* connect({ host, port: server.port });
          for (let i = 0; i < 100; i++) {
            yield* socket.write(`${i}`);
            assert.equal(String(yield* socket.read()), `${i}`);
          }
          yield* socket.end();
          assert.equal(yield* socket.read(), null);
          return socket.loop.model;
        },
        { model: clientModel },
      );
      const socket = yield* server.accept();
      for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) yield* socket.write(chunk);
      assert.equal(yield* client, clientModel);
      assert.equal(socket.loop.model, serverModel);
      yield* server.close();
    },
    { model: serverModel },
  );
}
