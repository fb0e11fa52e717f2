import { Handle, type Loop, RECEIVE, Request, SEND } from "../loop/index.ts";
import { ECANCELED, ECONNRESET, EPIPE, type SocketAddress, systemError } from "../sys/index.ts";
import type { Operation } from "../task/index.ts";
import { nameOf, setNoDelay, shutdownSending, wasReset } from "./descriptor.ts";
import { closedError, socketError } from "./errors.ts";
import { iterate } from "./iterate.ts";
import {
  type ChunkOperation,
  cancelledWrite,
  FinalOperation,
  nextOperation,
  readOperation,
  type WriteOperation,
  writeOperation,
} from "./socket-operations.ts";

/** Received bytes that wait for the program. Above the first, receiving pauses; below the second, it goes on. */
const HIGH_WATER_BYTES = 256 * 1024;
const LOW_WATER_BYTES = 64 * 1024;

/**
 * A connected stream socket (TCP or Unix).
 *
 * One task reads at a time; any number may write, in turn. Reading pauses by itself when the program is slow, and a write
 * waits until the kernel has taken all of its bytes: backpressure in both directions.
 *
 * When the peer has ended and that has been read, or when reading has failed, the socket closes by itself; with
 * `allowHalfOpen` it stays open for writing until {@link end} or {@link close}. A failed write closes nothing: what the
 * peer had sent before can still be read.
 */
export class Socket extends Handle {
  private readonly allowHalfOpen: boolean;
  private readonly receive: Request;
  private send: Request | null = null;
  /** Chunks that wait to be read: mostly none, or one. */
  private chunk: Buffer | null = null;
  private chunks: Buffer[] | null = null;
  private waitingBytes = 0;
  private reader: ChunkOperation<unknown> | null = null;
  /** The write in progress; the others wait behind it. */
  private writer: WriteOperation | null = null;
  /** Null as long as none waits. */
  private lastWriter: WriteOperation | null = null;
  private writeFailed = false;
  /** Submitting goes on further up the stack. */
  private sending = false;
  private finals: FinalOperation[] | null = null;
  /** The peer has ended (0), or receiving failed (-errno); 1 while neither. */
  private receiveEnd = 1;
  /** No more writes are accepted. */
  private ending = false;
  /** The kernel was told so. */
  private shutDown = false;
  private closing = false;
  private receivedBytes = 0;
  private sentBytes = 0;

  /** @internal Sockets come from `connect()` and `server.accept()`. */
  constructor(loop: Loop, descriptor: number, allowHalfOpen: boolean) {
    super(loop, descriptor);
    this.allowHalfOpen = allowHalfOpen;
    this.receive = new Request(RECEIVE, descriptor, this);
  }

  /**
   * Waits for data: what has arrived, in one piece of any size, or null when the peer has ended. The buffer is the
   * program's to keep; small ones share memory with others, so copy what is to be kept for long.
   *
   * @throws ECONNRESET and what else the system says; ERR_SOCKET_CLOSED; EBUSY while another task reads
   */
  read(): Operation<Buffer | null> {
    return readOperation(this);
  }

  /** As {@link read}, for loops over the socket as a stream of chunks: after the last one comes `{ done: true }`. */
  next(): Operation<IteratorResult<Buffer, void>> {
    return nextOperation(this);
  }

  /** For loops that are left before the end: closes the socket, as Node's own do. To go on with it, use {@link read}. */
  return(): Operation<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer, void, undefined> {
    return iterate(this);
  }

  /**
   * Sends all of the data; a string is sent as UTF-8. Done when the kernel has taken the last byte, until which the data
   * must not be changed. A write that is cancelled half-way fails with a {@link CancelledWrite}.
   *
   * @throws EPIPE, ECONNRESET and what else the system says; ERR_SOCKET_CLOSED
   */
  write(data: Uint8Array | string): Operation<void> {
    return writeOperation(this, typeof data === "string" ? Buffer.from(data) : checkBytes(data));
  }

  /** Half-close: after the writes before it, tells the peer that no more will come. Reading goes on. */
  end(): Operation<void> {
    return new FinalOperation(this, false);
  }

  /**
   * Closes the socket. What waits for it ends with ERR_SOCKET_CLOSED; data that was not read makes the kernel reset the
   * connection, so read to the end first where that matters. Closing twice does no harm.
   */
  close(): Operation<void> {
    return new FinalOperation(this, true);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.close());
  }

  /** Switches Nagle's algorithm off (true, the default) or on: tcp(7), TCP_NODELAY. */
  setNoDelay(noDelay = true): this {
    const result = this.descriptor < 0 ? 0 : setNoDelay(this.descriptor, noDelay);
    if (result < 0) throw systemError(result, "setsockopt");
    return this;
  }

  /** This end's address. Undefined once the socket is closed. */
  get localAddress(): SocketAddress | undefined {
    return this.descriptor < 0 ? undefined : nameOf(this.descriptor, "local");
  }

  /** The peer's address. Undefined once the socket is closed. */
  get remoteAddress(): SocketAddress | undefined {
    return this.descriptor < 0 ? undefined : nameOf(this.descriptor, "remote");
  }

  /** Bytes received so far, those that wait to be read among them. */
  get bytesRead(): number {
    return this.receivedBytes;
  }

  /** Bytes that the kernel has taken so far. */
  get bytesWritten(): number {
    return this.sentBytes;
  }

  get closed(): boolean {
    return this.closing;
  }

  /** Whether a task waits here for data that has not arrived. */
  get isReading(): boolean {
    return this.reader !== null;
  }

  /** @internal */
  complete(request: Request, result: number, data: Buffer | null, more: boolean): void {
    if (request.kind === RECEIVE) this.received(result, data, more);
    else if (request.kind === SEND) this.sent(result);
    else this.descriptorClosed();
  }

  // Reading

  /** @internal */
  beginRead(operation: ChunkOperation<unknown>): void {
    if (this.reader) {
      operation.refuse(socketError("EBUSY", "Another task reads from this socket; only one can at a time"));
      return;
    }
    const chunk = this.takeChunk();
    if (chunk) operation.deliver(chunk);
    else if (this.receiveEnd <= 0) this.tellEnd(operation);
    else if (this.closing) operation.refuse(closedError());
    else {
      this.reader = operation;
      this.waitBegins();
      if (!this.receive.inFlight) this.loop.submit(this.receive);
    }
  }

  /** @internal */
  leaveRead(): void {
    this.reader = null;
    this.waitEnds();
  }

  /** @internal Takes back what a cancelled read had got. */
  unread(chunk: Buffer | null): void {
    if (chunk === null) return;
    if (this.reader) {
      this.endRead().deliver(chunk);
      return;
    }
    if (this.chunk) {
      this.chunks ??= [];
      this.chunks.unshift(this.chunk);
    }
    this.chunk = chunk;
    this.waitingBytes += chunk.length;
  }

  private received(result: number, data: Buffer | null, more: boolean): void {
    if (data) {
      this.receivedBytes += result;
      if (this.reader) this.endRead().deliver(data);
      else this.queue(data, more);
    }
    if (more) return;
    if (result !== -ECANCELED) this.receiveEnd = this.isResetInDisguise(result) ? -ECONNRESET : result;
    if (this.closing) this.closeWhenIdle();
    else if (this.receiveEnd <= 0) {
      if (this.reader) this.tellEnd(this.endRead());
    } else if (this.reader || this.waitingBytes <= LOW_WATER_BYTES) {
      // Receiving had paused, and the program has caught up in the meantime.
      this.loop.submit(this.receive);
    }
  }

  /** A reset is told once: where the sending side has got it, the receiving side sees what looks like a regular end. */
  private isResetInDisguise(result: number): boolean {
    return result === 0 && (this.writeFailed || this.send?.inFlight === true) && wasReset(this.descriptor);
  }

  private endRead(): ChunkOperation<unknown> {
    const reader = this.reader!;
    this.leaveRead();
    return reader;
  }

  private queue(data: Buffer, more: boolean): void {
    if (this.chunk) {
      this.chunks ??= [];
      this.chunks.push(data);
    } else this.chunk = data;
    this.waitingBytes += data.length;
    if (more && this.waitingBytes > HIGH_WATER_BYTES) this.loop.cancel(this.receive);
  }

  private takeChunk(): Buffer | null {
    const chunk = this.chunk;
    if (chunk === null) return null;
    this.chunk = this.chunks?.shift() ?? null;
    this.waitingBytes -= chunk.length;
    if (
      this.waitingBytes <= LOW_WATER_BYTES &&
      !this.receive.inFlight &&
      this.receiveEnd > 0 &&
      !this.closing
    ) {
      this.loop.submit(this.receive);
    }
    return chunk;
  }

  private tellEnd(reader: ChunkOperation<unknown>): void {
    if (this.receiveEnd < 0) reader.refuse(systemError(this.receiveEnd, "read"));
    else reader.deliver(null);
    if (this.receiveEnd < 0 || this.shutDown || (!this.allowHalfOpen && !this.writer)) this.beginClosing();
    else if (!this.allowHalfOpen) this.ending = true;
  }

  // Writing

  /** @internal */
  beginWrite(operation: WriteOperation): void {
    if (this.ending || this.closing) {
      operation.refuse(this.refusal());
    } else if (operation.rest.length === 0) {
      operation.finish();
    } else {
      this.waitBegins();
      if (this.writer) {
        (this.lastWriter ?? this.writer).following = operation;
        this.lastWriter = operation;
      } else this.writer = operation;
      this.sendNext();
    }
  }

  /** @internal */
  leaveWrite(operation: WriteOperation): void {
    if (operation === this.writer) {
      this.loop.cancel(this.send!);
      return;
    }
    let before = this.writer!;
    while (before.following !== operation) before = before.following!;
    before.following = operation.following;
    if (this.lastWriter === operation) this.lastWriter = before;
    this.waitEnds();
    operation.refuse(cancelledWrite(0));
  }

  /** Sends what the first writer has left, and goes on with the next as long as the kernel takes all at once. */
  private sendNext(): void {
    if (this.sending) return;
    this.sending = true;
    this.send ??= new Request(SEND, this.descriptor, this);
    while (this.writer && !this.send.inFlight && !this.closing) {
      this.send.data = this.writer.rest;
      this.loop.submit(this.send);
    }
    this.sending = false;
    if (this.closing) this.closeWhenIdle();
  }

  private sent(result: number): void {
    const writer = this.writer!;
    if (result >= 0) {
      this.sentBytes += result;
      writer.bytesWritten += result;
      const isIntact = writer.rest.length === writer.leftBytes;
      writer.leftBytes -= result;
      if (writer.leftBytes > 0 && isIntact && !writer.cancelled && !this.closing) {
        // A short write is finished.
        writer.rest = writer.rest.subarray(result);
        this.sendNext();
        return;
      }
    }
    this.writer = writer.following;
    this.waitEnds();
    if (writer.leftBytes === 0) writer.finish();
    else if (writer.cancelled) writer.refuse(cancelledWrite(writer.bytesWritten));
    else if (this.closing) writer.refuse(closedError());
    else if (result >= 0) {
      const message =
        "The data was transferred or resized while it was being written; it must stay as it is until then";
      writer.refuse(socketError("ERR_INVALID_STATE", message));
    } else {
      this.writeFailed = true;
      writer.refuse(systemError(result, "write"));
    }
    if (this.closing) this.closeWhenIdle();
    else if (this.writer) this.sendNext();
    else {
      this.lastWriter = null;
      if (this.ending) this.finishEnding();
    }
  }

  private refusal(): Error {
    if (this.receiveEnd === 0 && !this.allowHalfOpen) {
      return systemError(-EPIPE, "write", {
        remedy:
          "the peer has ended, and so the socket has; to go on writing, open it with allowHalfOpen: true",
      });
    }
    if (this.closing) return closedError();
    return socketError("ERR_STREAM_WRITE_AFTER_END", "write after end: end() has closed the sending side");
  }

  // Ending and closing

  /** @internal */
  beginEnd(operation: FinalOperation): void {
    if (this.closing || this.shutDown) {
      operation.finish();
      return;
    }
    this.ending = true;
    this.finals ??= [];
    this.finals.push(operation);
    this.waitBegins();
    if (!this.writer) this.finishEnding();
  }

  /** @internal The half-close itself still comes, after the writes. */
  leaveEnd(operation: FinalOperation): void {
    this.finals!.splice(this.finals!.indexOf(operation), 1);
    this.waitEnds();
  }

  /** @internal */
  beginClose(operation: FinalOperation): void {
    if (this.closing && this.descriptor < 0) {
      operation.finish();
      return;
    }
    this.finals ??= [];
    this.finals.push(operation);
    this.waitBegins();
    this.beginClosing();
  }

  private finishEnding(): void {
    if (!this.shutDown) {
      this.shutDown = true;
      // ENOTCONN: the peer has reset the connection, which the next read tells.
      shutdownSending(this.descriptor);
    }
    this.finishFinals();
    if (this.receiveEnd === 0 && this.waitingBytes === 0) this.beginClosing();
  }

  private beginClosing(): void {
    if (this.closing) return;
    this.closing = true;
    this.ending = true;
    if (this.reader) this.endRead().refuse(closedError());
    for (let writer = this.writer?.following ?? null; writer; writer = writer.following) {
      this.waitEnds();
      writer.refuse(closedError());
    }
    if (this.writer) this.writer.following = null;
    this.loop.cancel(this.receive);
    if (this.send) this.loop.cancel(this.send);
    this.closeWhenIdle();
  }

  /** A descriptor is closed only when nothing is in flight on it, or its number could be reused under our feet. */
  private closeWhenIdle(): void {
    if (this.receive.inFlight || this.send?.inFlight || this.descriptor < 0) return;
    this.closeDescriptor(this);
  }

  private descriptorClosed(): void {
    this.chunk = null;
    this.chunks = null;
    this.waitingBytes = 0;
    this.finishFinals();
  }

  private finishFinals(): void {
    const finals = this.finals;
    this.finals = null;
    if (finals === null) return;
    for (const final of finals) {
      this.waitEnds();
      final.finish();
    }
  }
}

function checkBytes(data: unknown): Uint8Array {
  if (data instanceof Uint8Array) return data;
  const error = new TypeError("write() takes a string, a Buffer or another Uint8Array");
  throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}
