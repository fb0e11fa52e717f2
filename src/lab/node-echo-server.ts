/**
 * A child program of the lab: the baseline, an echo server on Node's own `node:net` as it is usually written for speed.
 * It loads nothing of Pentio but the lab's messages.
 */
import { type AddressInfo, createServer } from "node:net";
import { endWithLab, tellLab } from "./messages.ts";

endWithLab();
const server = createServer({ noDelay: true }, (socket) => {
  socket.on("data", (chunk) => {
    if (!socket.write(chunk)) socket.pause();
  });
  socket.on("drain", () => socket.resume());
  socket.on("error", (error) => console.error(`a connection failed: ${error.message}`));
});
server.on("error", (error) => tellLab({ type: "failed", reason: error.message }));
server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => {
  tellLab({ type: "listening", port: (server.address() as AddressInfo).port });
});
