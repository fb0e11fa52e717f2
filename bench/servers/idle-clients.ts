/** Holds idle connections: `idle-clients.js <port> <count>` echoes once on each, says `ready`, and waits to be killed. */
import { connect, run, type Socket } from "pentio";

const [port, count] = process.argv.slice(2).map(Number) as [number, number];
const sockets: Socket[] = [];

await run(function* clients() {
  for (let opened = 0; opened < count; opened++) {
    const socket = yield* connect({ host: "127.0.0.1", port });
    yield* socket.write("idle");
    yield* socket.read();
    sockets.push(socket);
  }
});
console.log("ready");
process.stdin.resume().on("end", () => process.exit(0));
