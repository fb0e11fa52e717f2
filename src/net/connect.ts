import { CLOSE, CONNECT, type Continuation, type Loop, type ModelChoice, Request } from "../loop/index.ts";
import { ECANCELED, parseIp, type SocketAddress, systemError } from "../sys/index.ts";
import { CancelledError, currentLoop, Operation } from "../task/index.ts";
import { connectAddress, openStreamSocket, placeOf, setNoDelay } from "./descriptor.ts";
import { checkPort } from "./errors.ts";
import { lookup } from "./lookup.ts";
import { Socket } from "./socket.ts";

/** Where and how to connect. */
export interface ConnectOptions {
  /** TCP port, 1 to 65535. */
  readonly port?: number;
  /** IP address or name. A name's addresses are tried in turn. Default `localhost`. */
  readonly host?: string;
  /** A Unix socket instead: its path. */
  readonly path?: string;
  /** Small writes are sent at once (TCP_NODELAY). Default true. */
  readonly noDelay?: boolean;
  /** The socket stays open for writing when the peer has ended. Default false, as in Node. */
  readonly allowHalfOpen?: boolean;
  /** The I/O model, where the task that runs does not decide it. */
  readonly model?: ModelChoice;
}

/** Closing a descriptor that never became a socket is nobody's business. */
const unobserved: Continuation = { complete() {} };

class ConnectOperation extends Operation<Socket> implements Continuation {
  private readonly options: ConnectOptions;
  private loop: Loop | undefined;
  private addresses: SocketAddress[] = [];
  private errors: Error[] = [];
  private request: Request | null = null;
  private cancelled = false;

  constructor(options: ConnectOptions) {
    super();
    this.options = options;
  }

  protected override begin(): void {
    const { path, host = "localhost", port, model } = this.options;
    const checkedPort = path === undefined ? checkPort(port, "connect()") : 0;
    this.loop = currentLoop(model);
    this.loop.ref();
    if (path !== undefined) this.try([{ family: "Unix", path }]);
    else this.resolve(host, checkedPort);
  }

  protected override end(): void {
    this.cancelled = true;
    if (this.request) this.loop!.cancel(this.request);
    else this.refuse(new CancelledError());
  }

  protected override giveBack(socket: Socket): void {
    socket.close().then();
  }

  /** @internal */
  complete(request: Request, result: number): void {
    this.request = null;
    if (result >= 0) {
      const { noDelay = true, path, allowHalfOpen = false } = this.options;
      if (noDelay && path === undefined) setNoDelay(request.fd, true);
      this.loop!.unref();
      this.succeed(new Socket(this.loop!, request.fd, allowHalfOpen));
      return;
    }
    this.loop!.submit(new Request(CLOSE, request.fd, unobserved));
    if (this.cancelled || result === -ECANCELED) this.refuse(new CancelledError());
    else this.failed(systemError(result, "connect", placeOf(this.addresses[0]!)));
  }

  private resolve(host: string, port: number): void {
    const literal = parseIp(host, port);
    if (literal) {
      this.try([literal]);
      return;
    }
    lookup(host).then(
      (found) => {
        if (!this.cancelled) this.try(found.map((address) => parseIp(address, port)!));
      },
      (error: unknown) => {
        if (!this.cancelled) this.refuse(error);
      },
    );
  }

  private try(addresses: SocketAddress[]): void {
    this.addresses = addresses;
    const address = addresses[0]!;
    try {
      const data = connectAddress(address);
      const request = new Request(CONNECT, openStreamSocket(address, this.loop!, "connect"), this);
      request.data = data;
      this.request = request;
      this.loop!.submit(request);
    } catch (error) {
      this.failed(error as Error);
    }
  }

  /** One address has failed; the next one's turn, or the end. */
  private failed(error: Error): void {
    this.errors.push(error);
    if (this.addresses.length > 1) this.try(this.addresses.slice(1));
    else if (this.errors.length === 1) this.refuse(error);
    // In Node's shape: an AggregateError with the code of the first failure.
    else {
      const { code } = this.errors[0] as NodeJS.ErrnoException;
      this.refuse(Object.assign(new AggregateError(this.errors), { code }));
    }
  }

  private refuse(error: unknown): void {
    this.loop!.unref();
    this.fail(error);
  }
}

/**
 * Connects a stream socket: `const socket = yield* connect({ host: "127.0.0.1", port: 1234 })`.
 *
 * @throws ECONNREFUSED, EHOSTUNREACH, ETIMEDOUT and what else the system says; ENOTFOUND for an unknown name;
 *   ERR_SOCKET_BAD_PORT
 */
export function connect(options: ConnectOptions): Operation<Socket> {
  return new ConnectOperation(options);
}
