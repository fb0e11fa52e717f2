import { unlink } from "node:fs";
import { ACCEPT, CLOSE, Handle, type Loop, Request, Timer } from "../loop/index.ts";
import {
  beyondLimit,
  ECANCELED,
  ECONNABORTED,
  EMFILE,
  ENFILE,
  ENOBUFS,
  ENOMEM,
  EPROTO,
  errnoName,
  type SocketAddress,
  systemError,
} from "../sys/index.ts";
import type { Operation } from "../task/index.ts";
import { nameOf } from "./descriptor.ts";
import { iterate } from "./iterate.ts";
import {
  AcceptOperation,
  CloseOperation,
  type ConnectionOperation,
  NextOperation,
} from "./server-operations.ts";
import { Socket } from "./socket.ts";

/** Connections that wait for `accept()`. Above this, further ones wait in the kernel's backlog. */
const WAITING_MAX = 256;

/** How long accepting pauses when the system has no descriptors or memory left. */
const EXHAUSTED_PAUSE_MS = 20;

/** A server at its limit says so, but not with every connection. */
const WARNING_PAUSE_MS = 60_000;

/** When accepting goes on after the system ran out of something. */
class Retry extends Timer {
  private readonly retry: () => void;

  constructor(retry: () => void) {
    super();
    this.retry = retry;
  }

  override expired(): void {
    this.retry();
  }
}

/** A listening socket. */
export class Server extends Handle {
  /** Where it listens. */
  readonly address: SocketAddress;
  private readonly allowHalfOpen: boolean;
  private readonly isInherited: boolean;
  private readonly acceptRequest: Request;
  /** Connections that nobody has asked for yet. */
  private readonly waiting: Socket[] = [];
  private readonly acceptors: ConnectionOperation<unknown>[] = [];
  private readonly retry = new Retry(() => this.resume());
  private nextWarningAt = 0;
  private closers: CloseOperation[] = [];
  private closing = false;
  /** Connections that come now, for acceptance takes its time to end, are nobody's. */
  private refusing = false;

  /**
   * @internal Servers come from `listen()`.
   * @param isInherited others listen on the same socket
   */
  constructor(loop: Loop, descriptor: number, allowHalfOpen: boolean, isInherited: boolean) {
    super(loop, descriptor);
    this.allowHalfOpen = allowHalfOpen;
    this.isInherited = isInherited;
    this.acceptRequest = new Request(ACCEPT, descriptor, this);
    this.acceptRequest.isShared = isInherited;
    this.address = nameOf(descriptor, "local")!;
  }

  /** The TCP port; 0 on a Unix socket. */
  get port(): number {
    return this.address.family === "Unix" ? 0 : this.address.port;
  }

  /**
   * Waits for a connection. Where the process runs out of descriptors it goes on when some are free again.
   *
   * @throws ERR_SERVER_NOT_RUNNING once the server is closed
   */
  accept(): Operation<Socket> {
    return new AcceptOperation(this);
  }

  /** As {@link accept}, for loops over the server as a stream of connections, which ends when it is closed. */
  next(): Operation<IteratorResult<Socket, void>> {
    return new NextOperation(this);
  }

  /** For loops that are left: closes the server. */
  return(): Operation<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Socket, void, undefined> {
    return iterate(this);
  }

  /**
   * Stops listening. Tasks that wait in {@link accept} get ERR_SERVER_NOT_RUNNING, loops their end; accepted connections go on.
   * One that has come and that nobody has asked for yet is closed, also where others listen on the same socket: {@link stop}
   * loses none.
   */
  close(): Operation<void> {
    return new CloseOperation(this, false);
  }

  /**
   * Stops listening without losing a connection: those that this process has got already can still be accepted, and only
   * then come ERR_SERVER_NOT_RUNNING and the loops' end. The kernel resets what is left in its own queue, unless others
   * listen on the same socket, as of `listen({ fd })`.
   */
  stop(): Operation<void> {
    return new CloseOperation(this, true);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.close());
  }

  /** @internal */
  beginAccept(operation: ConnectionOperation<unknown>): void {
    const socket = this.waiting.shift();
    if (socket) operation.deliver(socket);
    else if (this.refusing || (this.closing && !this.acceptRequest.inFlight)) operation.finish();
    else {
      this.acceptors.push(operation);
      this.waitBegins();
    }
    this.resume();
  }

  /** @internal */
  leaveAccept(operation: ConnectionOperation<unknown>): void {
    this.acceptors.splice(this.acceptors.indexOf(operation), 1);
    this.waitEnds();
  }

  /** @internal Takes back the connection that a cancelled accept had got. */
  unaccept(socket: Socket): void {
    if (this.refusing) socket.close().then();
    else this.hand(socket);
  }

  /** @internal */
  beginClose(operation: CloseOperation): void {
    if (!operation.keepsConnections) this.refuseConnections();
    if (this.closing && this.descriptor < 0 && this.closers.length === 0) {
      operation.finish();
      return;
    }
    this.closers.push(operation);
    this.waitBegins();
    if (this.closing) return;
    this.closing = true;
    this.loop.cancelTimer(this.retry);
    this.loop.cancel(this.acceptRequest);
    this.closeWhenIdle();
  }

  /** @internal */
  complete(request: Request, result: number, _data: Buffer | null, more: boolean): void {
    if (request.kind === CLOSE) {
      this.closed();
      return;
    }
    if (result >= 0) {
      const socket = new Socket(this.loop, result, this.allowHalfOpen);
      if (this.refusing) socket.close().then();
      else this.hand(socket);
    }
    if (more) return;
    if (this.closing) this.closeWhenIdle();
    else this.ended(result);
  }

  private refuseConnections(): void {
    this.refusing = true;
    this.finishAcceptors();
    for (const socket of this.waiting.splice(0)) socket.close().then();
  }

  private finishAcceptors(): void {
    for (const acceptor of this.acceptors.splice(0)) {
      this.waitEnds();
      acceptor.finish();
    }
  }

  private hand(socket: Socket): void {
    const acceptor = this.acceptors.shift();
    if (acceptor) {
      this.waitEnds();
      acceptor.deliver(socket);
      return;
    }
    this.waiting.push(socket);
    if (this.waiting.length > WAITING_MAX) this.loop.cancel(this.acceptRequest);
  }

  /** Goes on accepting, if it does not already and there is room. */
  private resume(): void {
    if (this.acceptRequest.inFlight || this.closing || this.retry.place >= 0) return;
    if (this.waiting.length <= WAITING_MAX / 2) this.loop.submit(this.acceptRequest);
  }

  /** Accepting has ended although nobody closed the server. */
  private ended(result: number): void {
    if (isExhaustion(result)) {
      this.warn(result);
      this.loop.setTimer(this.retry, EXHAUSTED_PAUSE_MS);
    } else if (result === -ECANCELED || result === -ECONNABORTED || result === -EPROTO) {
      // Paused because too many wait; or the one connection went away before it was accepted, accept(2).
      this.resume();
    } else {
      for (const acceptor of this.acceptors.splice(0)) {
        this.waitEnds();
        acceptor.refuse(systemError(result, "accept"));
      }
    }
  }

  private warn(result: number): void {
    const now = performance.now();
    if (now < this.nextWarningAt) return;
    this.nextWarningAt = now + WARNING_PAUSE_MS;
    const { descriptorLimit } = this.loop;
    const cause = Number.isFinite(descriptorLimit) ? `; ${beyondLimit(descriptorLimit)}` : "";
    process.emitWarning(
      `The server cannot accept connections (${errnoName(result)}); they wait in the kernel until some are closed${cause}`,
      { code: "PENTIO_ACCEPT_EXHAUSTED" },
    );
  }

  private closeWhenIdle(): void {
    if (this.acceptRequest.inFlight || this.descriptor < 0) return;
    this.finishAcceptors();
    this.closeDescriptor(this);
  }

  private closed(): void {
    const finish = () => {
      for (const closer of this.closers.splice(0)) {
        this.waitEnds();
        closer.finish();
      }
    };
    if (this.address.family === "Unix" && !this.address.path.startsWith("\0") && !this.isInherited)
      unlink(this.address.path, finish);
    else finish();
  }
}

function isExhaustion(result: number): boolean {
  return result === -EMFILE || result === -ENFILE || result === -ENOBUFS || result === -ENOMEM;
}
