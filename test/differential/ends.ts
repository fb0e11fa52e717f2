/** The two ends of a connection, Pentio's or node:net's, as the interpreter handles them. */
import { once } from "node:events";
import net from "node:net";
import {
  type Coroutine,
  connect,
  listen,
  type Operation,
  type Server,
  type Socket,
} from "../../src/index.ts";
import { setOption } from "../contract/sockets.ts";
import { settle } from "../support/coroutines.ts";

const SO_SNDBUF = 7;
const SO_RCVBUF = 8;

/** Where a listener is. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string };

/** An end of a connection. */
export interface End {
  read(): Operation<Buffer | null>;
  write(data: Buffer): Operation<void>;
  end(): Operation<void>;
  close(): Operation<void>;
  /** Makes the kernel's buffers that large. */
  setBuffers(bytes: number): void;
}

export interface Listener {
  readonly place: Place;
  accept(): Coroutine<End>;
  close(): Operation<void>;
}

export class PentioEnd implements End {
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  read(): Operation<Buffer | null> {
    return this.socket.read();
  }

  write(data: Buffer): Operation<void> {
    return this.socket.write(data);
  }

  end(): Operation<void> {
    return this.socket.end();
  }

  close(): Operation<void> {
    return this.socket.close();
  }

  setBuffers(bytes: number): void {
    for (const option of [SO_SNDBUF, SO_RCVBUF]) setOption(this.socket.fd, option, bytes);
  }
}

export class NodeEnd implements End {
  private readonly socket: net.Socket;
  private readonly chunks: Buffer[] = [];
  private readonly closed: Promise<unknown>;
  private over: { readonly error: Error | null } | null = null;
  private wake = () => {};

  constructor(socket: net.Socket) {
    this.socket = socket;
    // Not by `once`: that would reject with the socket's error.
    this.closed = new Promise((resolve) => socket.once("close", resolve));
    socket.pause();
    socket.on("data", (chunk) => {
      socket.pause();
      this.chunks.push(chunk);
      this.wake();
    });
    socket.on("end", () => this.finish(null)).on("error", (error) => this.finish(error));
  }

  read(): Operation<Buffer | null> {
    return settle(this.next());
  }

  write(data: Buffer): Operation<void> {
    return settle(
      new Promise((resolve, reject) => {
        this.socket.write(data, (error) => (error ? reject(error) : resolve()));
      }),
    );
  }

  end(): Operation<void> {
    return settle(new Promise((resolve) => this.socket.end(resolve)));
  }

  close(): Operation<void> {
    this.socket.destroy();
    return settle(this.closed.then(() => {}));
  }

  /** Closes so that the peer is told of a reset. TCP only. */
  reset(): Operation<void> {
    this.socket.resetAndDestroy();
    return settle(this.closed.then(() => {}));
  }

  setBuffers(bytes: number): void {
    const { fd } = (this.socket as unknown as { _handle: { fd: number } })._handle;
    for (const option of [SO_SNDBUF, SO_RCVBUF]) setOption(fd, option, bytes);
  }

  private finish(error: Error | null): void {
    this.over ??= { error };
    this.wake();
  }

  private async next(): Promise<Buffer | null> {
    while (this.chunks.length === 0 && !this.over) {
      const woken = new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.socket.resume();
      await woken;
    }
    const chunk = this.chunks.shift();
    if (chunk) return chunk;
    if (this.over!.error) throw this.over!.error;
    return null;
  }
}

/** Connects with Pentio. */
export function* connectPentio(place: Place, allowHalfOpen: boolean): Coroutine<PentioEnd> {
  return new PentioEnd(yield* connect({ ...place, allowHalfOpen }));
}

/** Connects with node:net. */
export function* connectNode(place: Place): Coroutine<End> {
  const socket = net.connect({ noDelay: true, allowHalfOpen: true, ...place });
  yield* settle(once(socket, "connect"));
  return new NodeEnd(socket);
}

class PentioListener implements Listener {
  readonly place: Place;
  private readonly server: Server;

  constructor(server: Server) {
    this.server = server;
    const { address } = server;
    this.place =
      address.family === "Unix" ? { path: address.path } : { host: address.address, port: address.port };
  }

  *accept(): Coroutine<PentioEnd> {
    return new PentioEnd(yield* this.server.accept());
  }

  close(): Operation<void> {
    return this.server.close();
  }
}

class NodeListener implements Listener {
  readonly place: Place;
  private readonly server: net.Server;
  private readonly waiting: NodeEnd[];

  /** @param waiting to which the server adds its connections, and then says "connection" */
  constructor(server: net.Server, waiting: NodeEnd[]) {
    this.server = server;
    this.waiting = waiting;
    const address = server.address() as string | net.AddressInfo;
    this.place =
      typeof address === "string" ? { path: address } : { host: address.address, port: address.port };
  }

  *accept(): Coroutine<End> {
    while (this.waiting.length === 0) yield* settle(once(this.server, "connection"));
    return this.waiting.shift()!;
  }

  close(): Operation<void> {
    // It listens no longer; that node:net waits for the connections' end before it says so is not ours.
    this.server.close();
    return settle(Promise.resolve());
  }
}

/** Listens with Pentio. */
export function* listenPentio(place: Place, allowHalfOpen: boolean): Coroutine<Listener> {
  return new PentioListener(yield* listen({ ...place, allowHalfOpen }));
}

/** Listens with node:net. */
export function* listenNode(place: Place): Coroutine<Listener> {
  const waiting: NodeEnd[] = [];
  const options = { allowHalfOpen: true, pauseOnConnect: true, noDelay: true };
  const server = net.createServer(options, (socket) => waiting.push(new NodeEnd(socket)));
  server.listen(place);
  yield* settle(once(server, "listening"));
  return new NodeListener(server, waiting);
}
