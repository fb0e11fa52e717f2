/**
 * An idle program: it says `waiting` when everything in it waits, an accept, a read on a connection on which nothing comes, a
 * write that its peer does not read, and a sleep. The model comes from PENTIO_MODEL.
 */
import { connect, listen, run, sleep, spawn } from "pentio";

/** More than the kernel buffers of a connection. */
const WRITE_BYTES = 64 * 1024 * 1024;

process.on("SIGTERM", () => process.exit(0));

await run(function* () {
  const server = yield* listen({ host: "127.0.0.1" });
  const at = { host: "127.0.0.1", port: server.port };
  const quiet = yield* connect(at);
  const full = yield* connect(at);
  const peers = [yield* server.accept(), yield* server.accept()];
  yield* spawn(() => server.accept());
  yield* spawn(() => quiet.read());
  yield* spawn(() => full.write(new Uint8Array(WRITE_BYTES)));
  yield* sleep(500);
  console.log("waiting");
  yield* sleep(2 ** 31 - 1);
  for (const peer of peers) yield* peer.close();
});
