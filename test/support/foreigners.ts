/**
 * The other ends of connections, which are not Pentio's: Node's own sockets.
 */
import { once } from "node:events";
import net from "node:net";
import type { TestContext } from "node:test";

const openSockets = new Set<net.Socket>();

/** Destroys every connection that is open still. */
export function closeForeigners(): void {
  for (const socket of openSockets) socket.destroy();
}

function keep(socket: net.Socket): void {
  openSockets.add(socket);
  // The programs under test are told of errors; these ends have nothing to say to them.
  socket.on("error", () => {}).once("close", () => openSockets.delete(socket));
}

export interface ForeignServer {
  readonly port: number;
  /** The next connection, already accepted or not. */
  accept(): Promise<net.Socket>;
}

/** A server of node:net on 127.0.0.1 that hands its connections out paused. */
export async function foreignServer(
  t: TestContext,
  options: net.ServerOpts = {},
  where: net.ListenOptions = { host: "127.0.0.1", port: 0 },
): Promise<ForeignServer> {
  const waiting: net.Socket[] = [];
  const acceptors: ((socket: net.Socket) => void)[] = [];
  const server = net.createServer({ pauseOnConnect: true, ...options }, (socket) => {
    keep(socket);
    const acceptor = acceptors.shift();
    if (acceptor) acceptor(socket);
    else waiting.push(socket);
  });
  t.after(async () => {
    closeForeigners();
    server.close();
    await once(server, "close");
  });
  server.listen(where);
  await once(server, "listening");
  const address = server.address();
  return {
    port: address !== null && typeof address === "object" ? address.port : 0,
    accept: () => {
      const socket = waiting.shift();
      return socket ? Promise.resolve(socket) : new Promise((resolve) => acceptors.push(resolve));
    },
  };
}

/** Waits until something has come to a socket that is paused, and stays so. */
export async function arrival(socket: net.Socket): Promise<void> {
  if (socket.readableLength === 0) await once(socket, "readable");
}

/** A connection of node:net. It is paused until somebody reads. */
export async function foreignClient(t: TestContext, where: net.NetConnectOpts | number): Promise<net.Socket> {
  const options = typeof where === "number" ? { port: where, host: "127.0.0.1" } : where;
  const socket = net.connect({ noDelay: true, ...options } as net.NetConnectOpts);
  t.after(closeForeigners);
  await once(socket, "connect");
  keep(socket);
  return socket;
}

/** Everything that a socket of node:net receives up to the other side's end. */
export async function receiveAll(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk)).resume();
  await once(socket, "end");
  return Buffer.concat(chunks);
}
