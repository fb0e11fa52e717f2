/** node:net's end of the bulk transfer; the arguments are those of pentio-bulk. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { pattern } from "./bulk-pattern.ts";

process.on("SIGTERM", () => process.exit(0));
const [port, direction, bytes] = process.argv.slice(2);
const chunks = pattern();

async function source(socket: Socket) {
  for (let sent = 0, left = Number(bytes); left > 0; sent++) {
    const chunk = chunks[sent % chunks.length]!;
    if (!socket.write(left < chunk.length ? chunk.subarray(0, left) : chunk)) await once(socket, "drain");
    left -= chunk.length;
  }
  socket.end();
}

const server = createServer({ noDelay: true }, (socket) => {
  if (direction === "source") source(socket);
  else socket.on("data", () => {});
});
server.listen(Number(port), "127.0.0.1", () => console.log(`listening ${port}`));
