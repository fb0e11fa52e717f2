/**
 * A child program of the lab: Pentio's echo server, one coroutine per connection.
 *
 *     echo-server.js MODEL
 */
import { listen, type ModelChoice, run, spawn } from "../index.ts";
import { echo } from "./echo.ts";
import { endWithLab, tellLab } from "./messages.ts";

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
