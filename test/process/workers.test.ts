import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { describe, it, type TestContext } from "node:test";
import { Worker } from "node:worker_threads";
import { models } from "../../src/drivers/index.ts";
import { listen, type Model, run } from "../../src/index.ts";
import { runProgram } from "../support/programs.ts";
import { eventually, openDescriptors, settled } from "../support/settling.ts";

const guard = { timeout: 180_000 };
const watchingWorker = new URL("../support/watching-worker.js", import.meta.url);
const busyWorker = new URL("../support/busy-worker.js", import.meta.url);

/** A listener whose connections nobody reads from. */
async function silentServer(t: TestContext) {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ pauseOnConnect: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const hangUp = () => {
    for (const socket of sockets) socket.destroy();
  };
  t.after(() => {
    hangUp();
    server.close();
  });
  return { port: (server.address() as net.AddressInfo).port, hangUp };
}

async function startWorker(model: Model, silentPort: number) {
  const worker = new Worker(busyWorker, { workerData: { model, silentPort } });
  const [port] = (await once(worker, "message")) as [number];
  return { worker, port };
}

/** Sends through a server of the worker's, and gives what comes back. */
async function exchange(port: number, text: string): Promise<string> {
  const socket = net.connect(port, "127.0.0.1");
  socket.end(text);
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  return answer;
}

/** How a Worker with operations in flight may end, and the exit code of that. */
const endings: Record<string, { end: (worker: Worker) => void; code: number }> = {
  "by itself, when its tasks have ended": { end: (worker) => worker.postMessage("end"), code: 0 },
  "by process.exit()": { end: (worker) => worker.postMessage("exit"), code: 3 },
  "by terminate()": { end: (worker) => worker.terminate(), code: 1 },
  "by an exception": { end: (worker) => worker.postMessage("throw"), code: 1 },
};

describe("Pentio in Worker threads", () => {
  it("do not crash when they are terminated while what they watch becomes readable", guard, async () => {
    const program = `
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { F_DUPFD_CLOEXEC, syscalls } from "$src/sys/index.js";
for (let i = 0; i < 30; i++) {
  const worker = new Worker(new URL("${watchingWorker}"), { execArgv: [] });
  const [theirs] = await once(worker, "message");
  const fd = syscalls.fcntl(theirs, F_DUPFD_CLOEXEC, 0);
  let ended = false;
  worker.terminate().then(() => { ended = true; });
  while (!ended) {
    for (let k = 0; k < 20; k++) syscalls.eventfdWrite(fd, 1);
    await new Promise(setImmediate);
  }
  syscalls.close(fd);
}
console.log("alive");
`;
    const end = await runProgram(program);
    assert.deepEqual(end, { code: 0, signal: null, stderr: "", lines: ["alive"] });
  });

  for (const model of models) {
    describe(`on ${model}`, () => {
      for (const [how, { end, code }] of Object.entries(endings)) {
        it(`serves, and leaves nothing behind when the Worker ends ${how}`, guard, async (t) => {
          const { port: silentPort, hangUp } = await silentServer(t);
          const descriptors = async () => {
            hangUp();
            // A Worker's ring is closed in the background.
            return settled(openDescriptors);
          };
          let before = 0;
          // The first time warms caches up.
          for (let i = 0; i < 4; i++) {
            const { worker, port } = await startWorker(model, silentPort);
            const text = "hello ".repeat(1 + 20_000 * i);
            assert.equal(await exchange(port, text), text);
            worker.on("error", (error) => assert.equal(error.message, "the worker throws"));
            const exited = new Promise((resolve) => worker.once("exit", resolve));
            end(worker);
            assert.equal(await exited, code);
            if (i === 0) before = await descriptors();
          }
          // What catches the signals of POSIX aio can only be closed by JavaScript, which no longer runs then.
          const left = model === "aio" && how === "by terminate()" ? 3 * 4 : 0;
          assert.equal((await descriptors()) - before, left);
        });
      }

      // A thread of the C library still waits in the read, and keeps the socket.
      const keeps = model === "aio" ? "POSIX aio cannot be told that its thread is gone" : false;
      it("tells the peers of a Worker that is terminated", { ...guard, skip: keeps }, async (t) => {
        const { port: silentPort, hangUp } = await silentServer(t);
        const { worker, port } = await startWorker(model, silentPort);
        const socket = net.connect(port, "127.0.0.1");
        const closed = new Promise((resolve) => socket.on("error", () => {}).once("close", resolve));
        socket.write("hello");
        await once(socket, "data");
        await worker.terminate();
        await closed;
        hangUp();
      });

      it("runs in several Workers and on the main thread at once", guard, async (t) => {
        const { port: silentPort, hangUp } = await silentServer(t);
        const workers = await Promise.all(Array.from({ length: 4 }, () => startWorker(model, silentPort)));
        const main = run(
          function* () {
            const server = yield* listen({ host: "127.0.0.1" });
            workers.push({ worker: undefined as never, port: server.port });
            for (let i = 0; i < 10; i++) {
              const socket = yield* server.accept();
              for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) {
                yield* socket.write(chunk);
              }
            }
            yield* server.close();
          },
          { model },
        );
        await eventually(() => workers.length === 5, "the main thread listens");
        const ports = workers.map(({ port }) => port);
        for (let i = 0; i < 10; i++) {
          const answers = await Promise.all(ports.map((port) => exchange(port, `to ${port}`)));
          assert.deepEqual(
            answers,
            ports.map((port) => `to ${port}`),
          );
        }
        await main;
        await Promise.all(workers.slice(0, 4).map(({ worker }) => worker.terminate()));
        hangUp();
      });
    });
  }
});
