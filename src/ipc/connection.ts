import { encodeFrame, FrameReader } from "../framing/index.ts";
import { adopt, type Socket } from "../net/index.ts";
import {
  ChannelClosedError,
  checkWhole,
  Deque,
  Outlet,
  type Receiver,
  SendOperation,
  WaitQueue,
} from "../sync/index.ts";
import { disownDescriptor, ownDescriptor, syscalls } from "../sys/index.ts";
import { CancelledError, type Coroutine, CoroutineOperation, type Operation } from "../task/index.ts";
import { BrokenConnectionError, invalidState } from "./errors.ts";

/** Frames that wait are written together, up to about so much. */
const BATCH_BYTES = 64 * 1024;

const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;

/** How a connection behaves. */
export interface ConnectionOptions {
  /**
   * Bytes of one message as it travels, at most: up to 2^31 - 1, and the same at both ends. More is refused where it is sent,
   * and taken for a broken connection where it is received. Default: 64 MiB.
   */
  readonly messageBytesMax?: number;
}

class CloseOperation extends CoroutineOperation<void> {
  private readonly connection: Connection;

  constructor(connection: Connection) {
    super();
    this.connection = connection;
  }

  protected override work(): Coroutine<void> {
    return this.connection.closing();
  }
}

/**
 * One end of a {@link pipe}: sends values to the other end and receives those that it sends, in order, as
 * `v8.serialize` copies them. A Buffer goes as it is, without being serialised. Any number of tasks may send and receive,
 * first come, first served.
 *
 * An end that nobody has used yet can be given away: to a child process ({@link fd}) or to a thread ({@link detach}).
 */
export class Connection<T = unknown> extends Outlet<T> implements AsyncDisposable {
  /** -1 once it is in use here, or not ours any more. */
  private descriptor: number;
  private socket: Socket | null = null;
  private readonly messageBytesMax: number;
  private readonly reader: FrameReader;
  private readonly senders = new WaitQueue<SendOperation<Buffer>>();
  /** Those whose frames are being written. */
  private batch: SendOperation<Buffer>[] = [];
  private writing: Operation<void> | null = null;
  private reading: Operation<Buffer | null> | null = null;
  private readonly writer = { wake: () => this.wrote() };
  private readonly listener = { wake: () => this.cameIn() };

  /** @internal Connections come from `pipe()` and from the static functions. */
  constructor(fd: number, { messageBytesMax = MESSAGE_BYTES_MAX }: ConnectionOptions = {}) {
    super(new Deque<T>());
    this.messageBytesMax = checkWhole("messageBytesMax", messageBytesMax, 1);
    this.reader = new FrameReader(messageBytesMax);
    this.descriptor = fd;
    if (fd >= 0) ownDescriptor(fd);
  }

  /**
   * The connection for a descriptor that this process has inherited, or this thread was given. It belongs to the connection
   * from now on, which closes it.
   *
   * @throws EBADF and what else the system says
   */
  static fromDescriptor<T = unknown>(fd: number, options?: ConnectionOptions): Connection<T> {
    const connection = new Connection<T>(fd, options);
    connection.open();
    return connection;
  }

  /**
   * As {@link fromDescriptor}, where the parent process tells the descriptor's number in the environment. The variable is
   * deleted: a process that is started from here has not inherited the descriptor.
   *
   * @param name of the variable. Default: PENTIO_CONNECTION
   * @throws ERR_INVALID_STATE if there is no such variable, or no number in it
   */
  static fromEnvironment<T = unknown>(
    name = "PENTIO_CONNECTION",
    options?: ConnectionOptions,
  ): Connection<T> {
    const text = process.env[name] ?? "";
    if (!/^\d+$/.test(text)) {
      throw invalidState(
        `The environment has no descriptor in ${name}: start this process with it, and with the connection's fd in "stdio"`,
      );
    }
    delete process.env[name];
    return Connection.fromDescriptor<T>(Number(text), options);
  }

  /** A connection over a socket that others have connected. @internal */
  static over<T = unknown>(socket: Socket): Connection<T> {
    const connection = new Connection<T>(-1);
    connection.socket = socket;
    return connection;
  }

  /**
   * The descriptor, for `stdio` of a child process; -1 once the connection is in use here or was detached. The child gets a
   * copy: close this one after `spawn`, so that the other end learns of the child's end.
   */
  get fd(): number {
    return this.descriptor;
  }

  /**
   * Gives the descriptor away, to a thread of this process: `Connection.fromDescriptor(number)` there makes a connection of it.
   * Until then nobody owns it.
   *
   * @throws ERR_INVALID_STATE if the connection was used, for messages may have come in already, or was closed
   */
  detach(): number {
    const fd = this.descriptor;
    if (fd < 0) {
      throw invalidState(
        "This connection is in use or closed: give it away before anything is sent or received",
      );
    }
    this.letGo();
    this.endIntake(null);
    return fd;
  }

  /**
   * Sends a value. Done when the kernel has taken all of it, so that it arrives whatever becomes of this process; if the other
   * end does not receive, some 200 KiB wait in the kernel, and sends wait. One that is cancelled has not been sent, or is sent
   * as a whole; {@link SendOperation.isDelivered} says which.
   *
   * @throws what `v8.serialize` throws for a function and the like; ERR_FRAME_TOO_LONG; ERR_CHANNEL_CLOSED once the connection is
   *   closed or its end was received; EPIPE if the other end has gone
   */
  send(value: T): SendOperation<Buffer> {
    return new SendOperation(this, encodeFrame(value, this.messageBytesMax));
  }

  /**
   * Closes this end, and what waits for it ends with ERR_CHANNEL_CLOSED. What was sent arrives; a send that is under way is
   * cut off, which the other end is told. What came and was not received is lost.
   */
  close(): Operation<void> {
    return new CloseOperation(this);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.close());
  }

  /** @internal */
  *closing(): Coroutine<void> {
    this.endIntake(null);
    for (const sender of this.senders.drain()) sender.refuse(new ChannelClosedError());
    if (this.descriptor >= 0) syscalls.close(this.letGo());
    if (this.socket) yield* this.socket.close();
  }

  /** @internal */
  beginSend(operation: SendOperation<Buffer>): void {
    if (this.closed) operation.refuse(this.closedError());
    else {
      this.senders.push(operation);
      this.write();
    }
  }

  /** @internal One that is being written goes on to its end, for half of it is nothing that could be received. */
  leaveSend(operation: SendOperation<Buffer>): void {
    if (!this.senders.remove(operation)) operation.accept();
  }

  /** @internal */
  override beginReceive(receiver: Receiver<T, unknown>): void {
    super.beginReceive(receiver);
    this.read();
  }

  /** @internal */
  override leaveReceive(receiver: Receiver<T, unknown>): void {
    super.leaveReceive(receiver);
    // What it has got is not lost: the socket keeps it. But nothing is left that would keep the process alive.
    if (this.receivers.isEmpty) this.reading?.abort();
  }

  protected override get hasNext(): boolean {
    if (this.store.length > 0 || this.closed) return this.store.length > 0;
    try {
      return this.reader.isComplete;
    } catch (cause) {
      this.break("What came in is no message", cause);
      return false;
    }
  }

  protected override take(receiver: Receiver<T, unknown> | null): T {
    const value = this.store.length > 0 ? (this.store.shift() as T) : this.decode();
    receiver?.deliver(value);
    return value;
  }

  private decode(): T {
    try {
      return this.reader.take() as T;
    } catch (cause) {
      throw this.break("What came in is no message", cause);
    }
  }

  /** The socket, on the loop of who uses the connection first. */
  private open(): Socket {
    if (this.socket === null) {
      this.socket = adopt(this.descriptor);
      syscalls.close(this.letGo());
    }
    return this.socket;
  }

  private letGo(): number {
    const fd = this.descriptor;
    disownDescriptor(fd);
    this.descriptor = -1;
    return fd;
  }

  private read(): void {
    while (!this.receivers.isEmpty && this.reading === null) {
      this.reading = this.open().read();
      if (!this.reading.start(this.listener)) return;
      this.takeIn();
    }
  }

  private cameIn(): void {
    this.takeIn();
    this.read();
  }

  private takeIn(): void {
    const reading = this.reading!;
    this.reading = null;
    if (!reading.takeOutcome(this.listener)) this.readFailed(reading.value);
    else if (reading.value === null) this.ended();
    else {
      this.reader.add(reading.value);
      this.handOut();
    }
  }

  private handOut(): void {
    while (!this.receivers.isEmpty && this.hasNext) {
      try {
        const value = this.decode();
        this.receivers.shift()!.deliver(value);
      } catch {
        // All who wait were told.
        return;
      }
    }
  }

  private readFailed(error: unknown): void {
    if (error instanceof CancelledError) return;
    // The other end has gone without receiving all; what it had sent before has come.
    if ((error as NodeJS.ErrnoException).code === "ECONNRESET") this.ended();
    else this.endIntake({ error });
  }

  private ended(): void {
    if (this.reader.isEmpty) this.endIntake(null);
    else this.break("The other end has gone in the middle of a message", undefined);
  }

  /** Nothing after this can be understood. The other end is told by the socket's end. */
  private break(message: string, cause: unknown): BrokenConnectionError {
    const error = new BrokenConnectionError(message, { cause });
    this.endIntake({ error });
    this.socket?.close().then();
    return error;
  }

  private write(): void {
    while (this.writing === null && !this.senders.isEmpty) {
      this.writing = this.open().write(this.nextBatch());
      if (!this.writing.start(this.writer)) return;
      this.acknowledge();
    }
  }

  private wrote(): void {
    this.acknowledge();
    this.write();
  }

  private nextBatch(): Buffer {
    const frames: Buffer[] = [];
    for (let bytes = 0; bytes < BATCH_BYTES && !this.senders.isEmpty; ) {
      const sender = this.senders.shift()!;
      this.batch.push(sender);
      frames.push(sender.item);
      bytes += sender.item.length;
    }
    return frames.length === 1 ? frames[0]! : Buffer.concat(frames);
  }

  private acknowledge(): void {
    const writing = this.writing!;
    const { batch } = this;
    this.writing = null;
    this.batch = [];
    const sent = writing.takeOutcome(this.writer);
    for (const sender of batch) {
      if (sent) sender.accept();
      else sender.refuse(writing.value);
    }
  }

  private closedError(): ChannelClosedError {
    return this.failure
      ? new ChannelClosedError("The connection has failed", { cause: this.failure.error })
      : new ChannelClosedError("The connection is closed");
  }
}
