/** Pentio's echo server for the bench: coroutines. The model comes from PENTIO_MODEL. `pentio-echo.js <port>` */
import { listen, run, type Socket, spawn } from "pentio";

process.on("SIGTERM", () => process.exit(0));

function* echo(socket: Socket) {
  try {
    for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) yield* socket.write(chunk);
  } catch {
    // The load generator may end in the middle of an answer.
  } finally {
    yield* socket.close();
  }
}

await run(function* server() {
  const server = yield* listen({ host: "127.0.0.1", port: Number(process.argv[2]) });
  console.log(`listening ${server.port}`);
  for (;;) {
    const socket = yield* server.accept();
    yield* spawn(() => echo(socket));
  }
});
