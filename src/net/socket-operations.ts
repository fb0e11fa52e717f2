import { CancelledError, fastConstructor, Operation } from "../task/index.ts";
import type { Socket } from "./socket.ts";

/** A write that was cancelled when some of its bytes were on their way already. */
export interface CancelledWrite extends CancelledError {
  /** How many bytes of the data the kernel had taken. */
  readonly bytesWritten: number;
}

/** What waits for a chunk. */
export abstract class ChunkOperation<R> extends Operation<R> {
  socket!: Socket;

  /** @param chunk null at the end */
  abstract deliver(chunk: Buffer | null): void;

  refuse(error: unknown): void {
    this.fail(error);
  }

  protected override begin(): void {
    this.socket.beginRead(this);
  }

  protected override end(): void {
    this.socket.leaveRead();
    this.giveUp();
  }
}

class ReadOperation extends ChunkOperation<Buffer | null> {
  override deliver(chunk: Buffer | null): void {
    this.succeed(chunk);
  }

  protected override giveBack(chunk: Buffer | null): void {
    this.socket.unread(chunk);
  }
}

class NextOperation extends ChunkOperation<IteratorResult<Buffer, void>> {
  override deliver(chunk: Buffer | null): void {
    this.succeed(chunk ? { done: false, value: chunk } : { done: true, value: undefined });
  }

  protected override giveBack({ value }: IteratorResult<Buffer, void>): void {
    this.socket.unread(value ?? null);
  }
}

/** What `socket.write()` waits for, and the node of the queue of writes. */
export class WriteOperation extends Operation<void> {
  socket!: Socket;
  /** What is still to be sent. */
  rest!: Uint8Array;
  /** Its length as promised; that of the view changes if the program transfers or resizes its memory. */
  leftBytes!: number;
  bytesWritten!: number;
  cancelled!: boolean;
  /** The write that waits behind this one. */
  following!: WriteOperation | null;

  finish(): void {
    this.succeed();
  }

  refuse(error: unknown): void {
    this.fail(error);
  }

  protected override begin(): void {
    this.socket.beginWrite(this);
  }

  protected override end(): void {
    this.cancelled = true;
    this.socket.leaveWrite(this);
  }
}

const ColdRead = fastConstructor(ReadOperation);
const ColdNext = fastConstructor(NextOperation);
const ColdWrite = fastConstructor(WriteOperation);

/** What `socket.read()` waits for. */
export function readOperation(socket: Socket): Operation<Buffer | null> {
  const operation = new ColdRead();
  operation.socket = socket;
  return operation;
}

/** What `socket.next()` waits for. */
export function nextOperation(socket: Socket): Operation<IteratorResult<Buffer, void>> {
  const operation = new ColdNext();
  operation.socket = socket;
  return operation;
}

/** What `socket.write()` waits for. */
export function writeOperation(socket: Socket, data: Uint8Array): Operation<void> {
  const operation = new ColdWrite();
  operation.socket = socket;
  operation.rest = data;
  operation.leftBytes = data.length;
  operation.bytesWritten = 0;
  operation.cancelled = false;
  operation.following = null;
  return operation;
}

/** Waits for the sending side's end, or for the socket's. */
export class FinalOperation extends Operation<void> {
  private readonly socket: Socket;
  private readonly closes: boolean;

  constructor(socket: Socket, closes: boolean) {
    super();
    this.socket = socket;
    this.closes = closes;
  }

  override get description(): string {
    return this.closes ? "close" : "end";
  }

  finish(): void {
    this.succeed();
  }

  refuse(error: unknown): void {
    this.fail(error);
  }

  protected override begin(): void {
    if (this.closes) this.socket.beginClose(this);
    else this.socket.beginEnd(this);
  }

  protected override end(): void {
    // Closing takes no time, so its wait goes on to the end. A half-close may wait for a write that is stuck for ever.
    if (this.closes) return;
    this.socket.leaveEnd(this);
    this.giveUp();
  }
}

/** What a write that was cancelled half-way fails with. */
export function cancelledWrite(bytesWritten: number): CancelledWrite {
  return Object.assign(new CancelledError(), { bytesWritten });
}
