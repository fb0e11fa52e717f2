/**
 * Pentio's end of the bulk transfer: `pentio-bulk.js <port> sink|source <bytes>`. A source writes that many bytes in
 * pieces of 64 KiB and closes; a sink reads to the end and closes.
 */
import { listen, run, type Socket } from "pentio";
import { pattern } from "./bulk-pattern.ts";

process.on("SIGTERM", () => process.exit(0));
const [port, direction, bytes] = process.argv.slice(2);
const chunks = pattern();

function* source(socket: Socket) {
  for (let sent = 0, left = Number(bytes); left > 0; sent++) {
    const chunk = chunks[sent % chunks.length]!;
    yield* socket.write(left < chunk.length ? chunk.subarray(0, left) : chunk);
    left -= chunk.length;
  }
}

function* sink(socket: Socket) {
  while (yield* socket.read());
}

await run(function* server() {
  const server = yield* listen({ host: "127.0.0.1", port: Number(port) });
  console.log(`listening ${server.port}`);
  for (;;) {
    const socket = yield* server.accept();
    yield* direction === "source" ? source(socket) : sink(socket);
    yield* socket.close();
  }
});
