import type { Loop, SystemCall } from "../loop/index.ts";
import { CancelledError, Operation } from "../task/index.ts";
import { CallOperation, type Outcome } from "./call-operation.ts";
import type { FileHandle } from "./file-handle.ts";
import { NEXT, type Transfer, type TransferUser } from "./transfer.ts";

/** A read or write that was cancelled when some of its bytes were transferred already. */
export interface CancelledTransfer extends CancelledError {
  /** How many bytes are in the memory, or in the file. */
  readonly bytesTransferred: number;
}

/** What `file.read()` and `file.write()` wait for. */
export class TransferOperation extends Operation<number> implements TransferUser {
  readonly writes: boolean;
  readonly data: Uint8Array;
  /** As promised; the view's own length changes if the program transfers or resizes its memory. */
  readonly lengthBytes: number;
  readonly isSequential: boolean;
  /** In bytes, where it begins. */
  position: number;
  bytesTransferred: number;
  cancelled: boolean;
  /** What it has in the kernel, if anything. */
  transfer: Transfer | null;
  private readonly file: FileHandle;

  constructor(file: FileHandle, writes: boolean, data: Uint8Array, lengthBytes: number, position: number) {
    super();
    this.file = file;
    this.writes = writes;
    this.data = data;
    this.lengthBytes = lengthBytes;
    this.position = position;
    this.isSequential = position === NEXT;
    this.bytesTransferred = 0;
    this.cancelled = false;
    this.transfer = null;
  }

  override get description(): string {
    return this.writes ? "write" : "read";
  }

  /** Whether its memory is still what was promised. */
  get isIntact(): boolean {
    return this.data.length === this.lengthBytes;
  }

  /** Its memory, in order. */
  protected get memory(): readonly Uint8Array[] {
    return [this.data];
  }

  /** What was read. */
  received(): Uint8Array[] {
    let left = this.bytesTransferred;
    return this.memory.map((piece) => {
      const part = piece.subarray(0, left);
      left -= part.length;
      return part;
    });
  }

  /** Puts bytes where the kernel would. @returns how many there was room for */
  receive(bytes: Uint8Array): number {
    let count = 0;
    for (const piece of this.rest()) {
      const part = bytes.subarray(count, count + piece.length);
      piece.set(part);
      count += part.length;
    }
    return count;
  }

  /** Has the kernel transfer what is left. */
  submit(transfer: Transfer): void {
    const done = this.bytesTransferred;
    transfer.submit(done === 0 ? this.data : this.data.subarray(done), this.position + done);
  }

  /** The same where there are no positions. */
  submitNext(transfer: Transfer): void {
    transfer.submitNext(this.data.subarray(this.bytesTransferred));
  }

  /** Of {@link TransferUser}. */
  transferred(transfer: Transfer, result: number): void {
    this.file.transferred(transfer, this, result);
  }

  finish(): void {
    this.succeed(this.bytesTransferred);
  }

  refuse(error: unknown): void {
    const { bytesTransferred } = this;
    this.fail(bytesTransferred > 0 ? Object.assign(error as Error, { bytesTransferred }) : error);
  }

  /** It ends before its time. */
  cut(): void {
    const { bytesTransferred } = this;
    this.fail(Object.assign(new CancelledError(), { bytesTransferred }));
  }

  protected override begin(): void {
    this.file.beginTransfer(this);
  }

  protected override end(): void {
    this.cancelled = true;
    this.file.leaveTransfer(this);
  }

  protected override giveBack(): void {
    this.file.untransfer(this);
  }

  /** Its memory that is not done. */
  protected rest(): Uint8Array[] {
    const rest: Uint8Array[] = [];
    let done = this.bytesTransferred;
    for (const piece of this.memory) {
      if (done < piece.length) rest.push(done === 0 ? piece : piece.subarray(done));
      done = Math.max(0, done - piece.length);
    }
    return rest;
  }
}

/** What `file.readv()` and `file.writev()` wait for. */
export class VectorOperation extends TransferOperation {
  private readonly pieces: readonly Uint8Array[];

  constructor(file: FileHandle, writes: boolean, pieces: readonly Uint8Array[], position: number) {
    const lengthBytes = pieces.reduce((sum, { length }) => sum + length, 0);
    super(file, writes, pieces[0] ?? new Uint8Array(0), lengthBytes, position);
    this.pieces = pieces;
  }

  protected override get memory(): readonly Uint8Array[] {
    return this.pieces;
  }

  override get isIntact(): boolean {
    return this.pieces.reduce((sum, { length }) => sum + length, 0) === this.lengthBytes;
  }

  override submit(transfer: Transfer): void {
    transfer.submitVector(this.rest(), this.position + this.bytesTransferred);
  }

  override submitNext(transfer: Transfer): void {
    transfer.submitVector(this.rest(), NEXT);
  }
}

/** Waits for one system call on an open file. */
export class FileCall<T> extends CallOperation<T> {
  /** Whether it may wait for other programs, so that closing the file ends it. */
  readonly mayWait: boolean;
  private readonly file: FileHandle;

  constructor(file: FileHandle, call: SystemCall, syscall: string, outcome: Outcome<T>, mayWait = false) {
    super(call, syscall, file, outcome);
    this.file = file;
    this.mayWait = mayWait;
  }

  protected override started(): Loop {
    this.file.callBegins(this as FileCall<unknown>);
    return this.file.loop;
  }

  protected override ended(): void {
    this.file.callEnded(this as FileCall<unknown>);
  }
}

/** Waits until a file is closed, which takes as long as what is in progress on it. */
export class CloseOperation extends Operation<void> {
  private readonly file: FileHandle;

  constructor(file: FileHandle) {
    super();
    this.file = file;
  }

  finish(): void {
    this.succeed();
  }

  refuse(error: unknown): void {
    this.fail(error);
  }

  protected override begin(): void {
    this.file.beginClose(this);
  }

  protected override end(): void {
    // It goes on to its end, which what is in progress has as well.
  }
}
