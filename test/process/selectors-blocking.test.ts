/** A thread that blocks in select(): what signals do to it, and what other threads do meanwhile. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { startProgram } from "../support/programs.ts";
import { openDescriptors, settled } from "../support/settling.ts";
import { SocketEnd, socketEnds, socketPairAt } from "../support/socket-ends.ts";

const guard = { timeout: 180_000 };
const selectorsUrl = new URL("../../src/selectors/public.js", import.meta.url).href;

for (const kind of ["SelectSelector", "PollSelector", "EpollSelector"]) {
  describe(`a thread that blocks in ${kind}'s select()`, () => {
    it(
      "waits for the time that is left when signals interrupt it, and handles them then",
      guard,
      async () => {
        const program = startProgram(`
import { ${kind}, EVENT_READ } from "$src/selectors/public.js";
let signals = 0;
process.on("SIGUSR2", () => signals++);
const selector = new ${kind}();
selector.register(0, EVENT_READ);
console.log("waiting");
const start = performance.now();
const ready = selector.select(400);
const elapsedMs = performance.now() - start;
console.log(JSON.stringify({ ready, waitedOut: elapsedMs >= 400, signalsMeanwhile: signals }));
while (signals === 0) await new Promise((resolve) => setTimeout(resolve, 5));
console.log("handled");
process.exit();
`);
        assert.equal(await program.line(), "waiting");
        // Were the whole time waited for again after each signal, it would never be over.
        const interrupting = setInterval(() => program.child.kill("SIGUSR2"), 20);
        try {
          const outcome = JSON.parse(await program.line());
          assert.deepEqual(outcome, { ready: [], waitedOut: true, signalsMeanwhile: 0 });
          assert.equal(await program.line(), "handled");
        } finally {
          clearInterval(interrupting);
          await program.kill();
        }
      },
    );

    it("waits for years through signals, up to what it waits for", guard, async () => {
      const program = startProgram(`
import { readSync } from "node:fs";
import { ${kind}, EVENT_READ } from "$src/selectors/public.js";
process.on("SIGUSR2", () => {});
const input = new ${kind}();
input.register(0, EVENT_READ, "standard input");
console.log("waiting");
for (const [key] of input.select(1e12)) {
  const bytes = Buffer.alloc(100);
  console.log(key.data, bytes.toString("utf8", 0, readSync(key.fd, bytes)).trim());
}
`);
      assert.equal(await program.line(), "waiting");
      for (let i = 0; i < 5; i++) {
        program.child.kill("SIGUSR2");
        await delay(20);
      }
      program.send("hello");
      assert.equal(await program.line(), "standard input hello");
      assert.equal((await program.end()).code, 0);
    });

    it("ends by a signal that nobody listens for", guard, async () => {
      const program = startProgram(`
import { ${kind} } from "$src/selectors/public.js";
console.log("waiting");
new ${kind}().select();
`);
      assert.equal(await program.line(), "waiting");
      program.child.kill("SIGINT");
      assert.equal((await program.end()).signal, "SIGINT");
    });

    it("leaves the other threads alone", guard, async (t) => {
      const [end, peer] = socketEnds(t);
      const worker = new Worker(
        `
const { parentPort, workerData } = require("node:worker_threads");
import(${JSON.stringify(selectorsUrl)}).then(({ ${kind}, EVENT_READ }) => {
  const selector = new ${kind}();
  selector.register(workerData, EVENT_READ, "data");
  parentPort.postMessage("waiting");
  parentPort.postMessage(selector.select().map(([{ data }, events]) => [data, events]));
  selector.close();
});
`,
        { eval: true, workerData: end.fd },
      );
      t.after(() => worker.terminate());
      // Node may tell of the last message and of the end at once.
      const exit = once(worker, "exit");
      assert.deepEqual(await once(worker, "message"), ["waiting"]);
      // The main thread's timers go on while the Worker blocks.
      await delay(50);
      peer.send("x");
      assert.deepEqual(await once(worker, "message"), [[["data", 1]]]);
      await exit;
    });
  });
}

describe("a Worker that ends", () => {
  it("leaves no descriptor of a selector or socket that it has not closed", guard, async () => {
    let before = 0;
    // The first time warms caches up.
    for (let i = 0; i < 3; i++) {
      const worker = new Worker(
        `
const { parentPort } = require("node:worker_threads");
import(${JSON.stringify(selectorsUrl)}).then(({ DefaultSelector, EVENT_READ, listenSocket }) => {
  globalThis.selector = new DefaultSelector();
  selector.register(listenSocket(), EVENT_READ);
  parentPort.on("message", () => {});
  parentPort.postMessage("open");
});
`,
        { eval: true },
      );
      await once(worker, "message");
      await worker.terminate();
      const after = await settled(openDescriptors);
      if (i === 0) before = after;
      assert.equal(after, before);
    }
  });

  for (const [what, made] of [
    ["selector", "new DefaultSelector()"],
    ["socket", "listenSocket()"],
  ]) {
    it(`does not touch the number of a ${what} that it has closed`, guard, async (t) => {
      const worker = new Worker(
        `
const { parentPort } = require("node:worker_threads");
import(${JSON.stringify(selectorsUrl)}).then(({ DefaultSelector, listenSocket }) => {
  const made = ${made};
  const { fd } = made;
  made.close();
  parentPort.on("message", () => {});
  parentPort.postMessage(fd);
});
`,
        { eval: true },
      );
      const [fd] = await once(worker, "message");
      const [end, peer] = socketPairAt(fd).map((number) => new SocketEnd(number)) as [SocketEnd, SocketEnd];
      t.after(() => {
        end.close();
        peer.close();
      });
      assert.equal(end.fd, fd);
      await worker.terminate();
      assert.equal(end.send("x"), 1);
    });
  }
});
