/**
 * A Worker that serves echo and, at the same time, has a read, a write, an accept, a connect and a sleep in flight. It
 * posts its port, and ends as it is told.
 */
import { parentPort, workerData } from "node:worker_threads";
import { connect, listen, type Model, run, sleep, spawn } from "../../src/index.ts";

const { model, silentPort } = workerData as { model: Model; silentPort: number };

const root = run(
  function* () {
    const server = yield* listen({ host: "127.0.0.1" });
    const idle = yield* listen({ host: "127.0.0.1" });
    const reader = yield* connect({ host: "127.0.0.1", port: silentPort });
    const writer = yield* connect({ host: "127.0.0.1", port: silentPort });
    try {
      yield* spawn(() => reader.read());
      yield* spawn(() => writer.write(Buffer.alloc(64 * 1024 * 1024)));
      yield* spawn(() => idle.accept());
      yield* spawn(() => sleep(1_000_000));
      parentPort!.postMessage(server.port);
      for (;;) {
        const socket = yield* server.accept();
        yield* spawn(function* () {
          for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) {
            yield* socket.write(chunk);
          }
        });
      }
    } finally {
      yield* spawn(() => server.close());
      yield* spawn(() => idle.close());
      yield* reader.close();
      yield* writer.close();
    }
  },
  { model },
);

// What is cancelled on purpose is no failure.
root.then(
  () => {},
  () => {},
);

parentPort!.on("message", async (command: "end" | "exit" | "throw") => {
  if (command === "exit") process.exit(3);
  if (command === "throw") throw new Error("the worker throws");
  await root.cancel();
  parentPort!.close();
});
