import { CancelledError, getRunner, Operation, type Suspension } from "../task/index.ts";
import type { FileHandle } from "./file-handle.ts";
import type { FreeList, Listed } from "./free-list.ts";
import { NEXT, Transfer, type TransferUser } from "./transfer.ts";

/** The memory of what has none, or has pieces. */
export const NO_BYTES = new Uint8Array(0);

/** The work of a read or a write, and of the next one: a file keeps those that nobody waits for. */
export class TransferWork extends Operation<number> implements TransferUser, Listed<TransferWork> {
  readonly writes: boolean;
  /** What it has in the kernel. */
  readonly transfer: Transfer;
  private data: Uint8Array = NO_BYTES;
  /** Several pieces of memory instead of {@link data}. */
  private pieces: readonly Uint8Array[] | null = null;
  /** As it was promised; the view's own length changes if the program transfers or resizes its memory. */
  lengthBytes = 0;
  isSequential = false;
  /** In bytes, where it begins. */
  position = 0;
  bytesTransferred = 0;
  cancelled = false;
  nextFree: TransferWork | null = null;
  private readonly file: FileHandle;
  private readonly free: FreeList<TransferWork>;

  /** @param free where it goes when nobody uses it any more */
  constructor(file: FileHandle, writes: boolean, free: FreeList<TransferWork>) {
    super();
    this.file = file;
    this.free = free;
    this.writes = writes;
    this.transfer = new Transfer(file, writes);
    this.transfer.user = this;
  }

  /** Makes it that of the next one. @param position {@link NEXT}: where the one before has ended */
  prepare(
    data: Uint8Array,
    pieces: readonly Uint8Array[] | null,
    lengthBytes: number,
    position: number,
  ): void {
    this.renew();
    this.data = data;
    this.pieces = pieces;
    this.lengthBytes = lengthBytes;
    this.position = position;
    this.isSequential = position === NEXT;
    this.bytesTransferred = 0;
    this.cancelled = false;
  }

  /** Its outcome has been taken, and nobody will give it back. */
  release(): void {
    this.data = NO_BYTES;
    this.pieces = null;
    this.free.add(this);
  }

  override get description(): string {
    return this.writes ? "write" : "read";
  }

  override next(): IteratorResult<Suspension, number> {
    const runner = getRunner();
    if (this.takesResult(runner)) {
      this.release();
      return this as IteratorReturnResult<number>;
    }
    return this.advance(runner);
  }

  /** Whether its memory is still what was promised. */
  get isIntact(): boolean {
    return bytesOf(this.data, this.pieces) === this.lengthBytes;
  }

  /** Its memory, in order. */
  get memory(): readonly Uint8Array[] {
    return this.pieces ?? [this.data];
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
  submit(): void {
    const { transfer } = this;
    const done = this.bytesTransferred;
    if (this.pieces !== null) transfer.submitVector(this.rest(), this.position + done);
    else transfer.submit(done === 0 ? this.data : this.data.subarray(done), this.position + done);
  }

  /** The same where there are no positions. */
  submitNext(): void {
    const { transfer } = this;
    if (this.pieces !== null) transfer.submitVector(this.rest(), NEXT);
    else transfer.submitNext(this.data.subarray(this.bytesTransferred));
  }

  /** Of {@link TransferUser}. */
  transferred(_transfer: Transfer, result: number): void {
    this.file.transferred(this, result);
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

  protected override giveBack(count: number): void {
    if (this.isSequential && !this.writes) this.file.unreadBytes(this.memory, this.position, count);
  }

  /** Its memory that is not done. */
  private rest(): Uint8Array[] {
    const rest: Uint8Array[] = [];
    let done = this.bytesTransferred;
    for (const piece of this.memory) {
      if (done < piece.length) rest.push(done === 0 ? piece : piece.subarray(done));
      done = Math.max(0, done - piece.length);
    }
    return rest;
  }
}

/** How much memory that is, in one piece or in several. */
export function bytesOf(data: Uint8Array, pieces: readonly Uint8Array[] | null): number {
  return pieces === null ? data.length : pieces.reduce((sum, { length }) => sum + length, 0);
}
