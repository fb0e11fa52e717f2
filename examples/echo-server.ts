/**
 * The echo server of Stevens' books as coroutines: one task per connection.
 *
 *     node dist/examples/echo-server.js [port]
 *     nc 127.0.0.1 1234
 */
import { listen, run, type Socket, spawn } from "pentio";

function* echo(socket: Socket) {
  try {
    for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) yield* socket.write(chunk);
  } catch (error) {
    // A peer that resets its connection must not end the server.
    console.error(`a connection failed: ${(error as Error).message}`);
  } finally {
    yield* socket.close();
  }
}

await run(function* server() {
  const server = yield* listen({ port: Number(process.argv[2] ?? 1234) });
  console.log(`listening ${server.port}`);
  for (;;) {
    const socket = yield* server.accept();
    yield* spawn(() => echo(socket));
  }
});
