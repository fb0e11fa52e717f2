import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { constants } from "node:os";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { models } from "../../src/drivers/index.ts";
import { startProgram } from "../support/programs.ts";

const guard = { timeout: 180_000 };

const DESCRIPTORS = 128;
const limited = ["sh", "-c", `ulimit -n ${DESCRIPTORS}; exec "$@"`, "sh"];

/**
 * Serves echo; on every line of input it says what it has seen. It comes from the bundle, as programs have it: Node opens all
 * the modules that this is made of at once, and they are more than there are descriptors.
 */
const server = `
import { createInterface } from "node:readline";
import { connect, listen, run, spawn } from "$src/../lib/index.js";
const warnings = [];
// The threads of blocking models have a bound of their own, which is told as well.
process.on("warning", ({ code, message }) => code !== "PENTIO_BLOCKING_BOUND" && warnings.push({ code, message }));
let served = 0;
await run(function* () {
  const server = yield* listen({ host: "127.0.0.1" });
  console.log(server.port);
  createInterface(process.stdin).on("line", (line) => {
    if (line === "report") console.log(JSON.stringify({ served, warnings }));
    else run(() => connect({ host: "127.0.0.1", port: server.port })).then(
      () => console.log(JSON.stringify({ code: "none" })),
      ({ code, errno, syscall, address, port }) => console.log(JSON.stringify({ code, errno, syscall, address, port })),
    );
  }).on("close", () => process.exit());
  for (;;) {
    const socket = yield* server.accept();
    served++;
    yield* spawn(function* () {
      for (let chunk; (chunk = yield* socket.read()); ) yield* socket.write(chunk);
    });
  }
});
`;

interface Report {
  served: number;
  warnings: { code: string; message: string }[];
}

describe("a server that runs out of file descriptors", () => {
  for (const model of models) {
    it(`warns once and goes on accepting when some are free again, on ${model}`, guard, async (t) => {
      const program = startProgram(server, { wrapper: limited, env: { PENTIO_MODEL: model } });
      t.after(() => program.kill());
      const port = Number(await program.line());
      const report = async () => {
        program.send("report");
        return JSON.parse(await program.line()) as Report;
      };

      const echoed: net.Socket[] = [];
      const clients = await Promise.all(
        Array.from({ length: 200 }, async (_, i) => {
          const client = net.connect(port, "127.0.0.1");
          t.after(() => client.destroy());
          client.once("data", (text) => {
            assert.equal(String(text), `client ${i}`);
            echoed.push(client);
          });
          await once(client, "connect");
          client.write(`client ${i}`);
          return client;
        }),
      );
      // Every connection is made, for the kernel's queue has room; the server has some of them.
      let { served, warnings } = await report();
      while (warnings.length === 0) ({ served, warnings } = await report());
      // Threads need some as well.
      assert.ok(served >= 4 && served < DESCRIPTORS, `${served} are served`);
      assert.equal(warnings[0]!.code, "PENTIO_ACCEPT_EXHAUSTED");
      assert.match(warnings[0]!.message, /EMFILE/);

      // Threads that could not start leave theirs: some at any time, but no more than there are.
      let refusal = { code: "none" };
      let connected = -1;
      for (; connected < DESCRIPTORS && refusal.code === "none"; connected++) {
        program.send("connect");
        refusal = JSON.parse(await program.line());
      }
      const { EMFILE } = constants.errno;
      assert.deepEqual(refusal, {
        code: "EMFILE",
        errno: -EMFILE,
        syscall: "connect",
        address: "127.0.0.1",
        port,
      });

      // Each that is served makes room for another.
      const ended = new Set<net.Socket>();
      while (ended.size < clients.length) {
        const client = echoed.find((socket) => !ended.has(socket));
        if (client) {
          ended.add(client);
          client.end();
        } else await delay(1);
      }
      let last = await report();
      while (last.served < 200 + connected) last = await report();
      assert.equal(last.served, 200 + connected);
      assert.equal(last.warnings.length, 1, "one warning for one time of need");
      assert.equal((await program.end()).code, 0);
    });
  }
});
