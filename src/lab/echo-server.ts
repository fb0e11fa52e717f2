/**
 * A child program of the lab: Pentio's echo server, one coroutine per connection.
 *
 *     echo-server.js MODEL
 */
import { listen, type ModelChoice, run, type Socket, spawn } from "../index.ts";
import { endWithLab, tellLab } from "./messages.ts";

function* echo(socket: Socket) {
  try {
    for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) yield* socket.write(chunk);
  } catch (error) {
    // What goes wrong on one connection the load generator notices; the others go on.
    console.error(`a connection failed: ${(error as Error).message}`);
  } finally {
    yield* socket.close();
  }
}

function* server() {
  const server = yield* listen({ host: "127.0.0.1" });
  tellLab({ type: "listening", port: server.port });
  for (;;) {
    const socket = yield* server.accept();
    yield* spawn(() => echo(socket));
  }
}

endWithLab();
process.on("warning", (warning: NodeJS.ErrnoException) => {
  // Slow messages show what else the machine does.
  if (warning.code !== "PENTIO_SLOW_MESSAGE") tellLab({ type: "warned", warning: warning.message });
});
try {
  await run(server, { model: process.argv[2] as ModelChoice });
} catch (error) {
  tellLab({ type: "failed", reason: (error as Error).message });
}
