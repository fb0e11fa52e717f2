import type { Loop, ModelChoice } from "../loop/index.ts";
import { parseIp, type SocketAddress } from "../sys/index.ts";
import { currentLoop, Operation } from "../task/index.ts";
import { duplicate, openListener } from "./descriptor.ts";
import { checkPort } from "./errors.ts";
import { lookup } from "./lookup.ts";
import { Server } from "./server.ts";

/** Where and how to listen. */
export interface ListenOptions {
  /** TCP port, 0 to 65535. Default 0: the system picks a free one. */
  readonly port?: number;
  /** IP address or name to listen on. Default: all addresses, `::`, or `0.0.0.0` on a system without IPv6. */
  readonly host?: string;
  /** A Unix socket instead: its path, at most 107 bytes. The file is removed when the server closes. */
  readonly path?: string;
  /**
   * A socket instead that listens already, such as one that this process has inherited: its descriptor. The server works on
   * a duplicate; the descriptor stays the caller's.
   */
  readonly fd?: number;
  /** Connections that the kernel holds ready at most; the system caps it (net.core.somaxconn). Default 4096. */
  readonly backlog?: number;
  /** Lets several processes or servers listen on the port, and the kernel spread connections. Default false. */
  readonly reusePort?: boolean;
  /**
   * Of the sockets that share a port by `reusePort`, this one gets the connections whose packets arrive on that processor, by its
   * number: socket(7), SO_INCOMING_CPU. Linux 6.2; before, it has no effect.
   */
  readonly incomingCpu?: number | undefined;
  /** On an IPv6 address: no IPv4 connections. Default false. */
  readonly ipv6Only?: boolean;
  /** Connections send small writes at once (TCP_NODELAY). Default true. */
  readonly noDelay?: boolean;
  /** Connections stay open for writing when the peer has ended. Default false, as in Node. */
  readonly allowHalfOpen?: boolean;
  /** The I/O model, where the task that runs does not decide it. */
  readonly model?: ModelChoice;
}

class ListenOperation extends Operation<Server> {
  private readonly options: ListenOptions;
  private cancelled = false;

  constructor(options: ListenOptions) {
    super();
    this.options = options;
  }

  protected override begin(): void {
    const { path, fd, host, port = 0, model } = this.options;
    const loop = currentLoop(model);
    if (fd !== undefined) this.succeed(this.openInherited(loop, fd));
    else if (path !== undefined) this.succeed(this.open(loop, { family: "Unix", path }));
    else if (host === undefined) this.succeed(this.openAny(loop, checkPort(port, "listen()")));
    else this.openHost(loop, host, checkPort(port, "listen()"));
  }

  protected override end(): void {
    this.cancelled = true;
    this.giveUp();
  }

  protected override giveBack(server: Server): void {
    server.close().then();
  }

  private open(loop: Loop, address: SocketAddress): Server {
    const { backlog = 4096, reusePort = false, incomingCpu, ipv6Only = false, noDelay = true } = this.options;
    const settings = { backlog, reusePort, incomingCpu, ipv6Only, noDelay };
    const descriptor = openListener(address, loop, settings);
    return new Server(loop, descriptor, this.options.allowHalfOpen ?? false, false);
  }

  private openInherited(loop: Loop, fd: number): Server {
    return new Server(loop, duplicate(fd, loop, "listen"), this.options.allowHalfOpen ?? false, true);
  }

  private openAny(loop: Loop, port: number): Server {
    try {
      return this.open(loop, { family: "IPv6", address: "::", port });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "EAFNOSUPPORT" && code !== "EADDRNOTAVAIL") throw error;
      return this.open(loop, { family: "IPv4", address: "0.0.0.0", port });
    }
  }

  private openHost(loop: Loop, host: string, port: number): void {
    const literal = parseIp(host, port);
    if (literal) {
      this.succeed(this.open(loop, literal));
      return;
    }
    lookup(host)
      .then(([address]) => {
        if (!this.cancelled) this.succeed(this.open(loop, parseIp(address!, port)!));
      })
      .catch((error: unknown) => this.fail(error));
  }
}

/**
 * Opens a listening socket: `const server = yield* listen({ port: 1234 })`.
 *
 * @throws EADDRINUSE, EACCES, EADDRNOTAVAIL, EBADF and what else the system says; ERR_SOCKET_BAD_PORT; ERR_INVALID_ARG_VALUE
 */
export function listen(options: ListenOptions = {}): Operation<Server> {
  return new ListenOperation(options);
}
