// Echo server on Bun.listen. A write may be short: the rest waits for drain, and nothing more is read meanwhile.
// Bun sets SO_REUSEADDR itself; its backlog is fixed and cannot be asked for.
import process from "node:process";

// The little of Bun's own types that is needed, so that the project's compiler can check this file.
interface Socket {
  data: { unsent: Uint8Array | undefined; ended: boolean };
  write(bytes: Uint8Array): number;
  setNoDelay(on: boolean): void;
  pause(): void;
  resume(): void;
  end(): void;
  terminate(): void;
}
declare const Bun: {
  listen(options: {
    hostname: string;
    port: number;
    allowHalfOpen: boolean;
    socket: Record<"open" | "drain" | "end", (socket: Socket) => void> & {
      data(socket: Socket, chunk: Uint8Array): void;
      error(socket: Socket, error: Error): void;
    };
  }): void;
};

const port = Number(process.argv[2]);

function send(socket: Socket, bytes: Uint8Array): void {
  const sent = socket.write(bytes);
  if (sent < 0) {
    socket.terminate(); // the peer has gone
  } else if (sent < bytes.length) {
    socket.data.unsent = bytes.subarray(sent);
    socket.pause();
  }
}

Bun.listen({
  hostname: "127.0.0.1",
  port,
  allowHalfOpen: true,
  socket: {
    open(socket) {
      socket.data = { unsent: undefined, ended: false };
      socket.setNoDelay(true);
    },
    data(socket, chunk) {
      const { unsent } = socket.data;
      if (unsent === undefined) send(socket, chunk);
      else socket.data.unsent = Buffer.concat([unsent, chunk]);
    },
    drain(socket) {
      const { unsent, ended } = socket.data;
      if (unsent === undefined) return;
      socket.data.unsent = undefined;
      send(socket, unsent);
      if (socket.data.unsent !== undefined) return;
      if (ended) socket.end();
      else socket.resume();
    },
    end(socket) {
      socket.data.ended = true;
      if (socket.data.unsent === undefined) socket.end();
    },
    error(socket) {
      socket.terminate();
    },
  },
});

process.on("SIGTERM", () => process.exit(0));
process.stdout.write(`listening ${port}\n`);
