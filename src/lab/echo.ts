import type { Socket } from "../index.ts";

/** Sends back what comes, until the end. */
export function* echo(socket: Socket) {
  try {
    for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) yield* socket.write(chunk);
  } catch (error) {
    // What goes wrong on one connection the load generator notices; the others go on.
    console.error(`a connection failed: ${(error as Error).message}`);
  } finally {
    yield* socket.close();
  }
}
