/**
 * A task that is cancelled while it waits: its `finally` runs, and may wait; the operation ends in the kernel.
 *
 *     node dist/examples/cancellation.js
 */
import { connect, listen, run, sleep, spawn } from "pentio";

await run(function* () {
  const server = yield* listen({ host: "127.0.0.1" });
  const socket = yield* connect({ host: "127.0.0.1", port: server.port });

  const reader = yield* spawn(function* reader() {
    try {
      console.log("waiting for data that never comes");
      yield* socket.read();
    } finally {
      yield* sleep(10);
      console.log("cleaned up");
    }
  });

  yield* sleep(50);
  yield* reader.cancel();
  console.log(`the reader is ${reader.state}`);
  yield* socket.close();
  yield* server.close();
});
