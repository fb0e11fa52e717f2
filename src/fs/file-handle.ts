import { Handle, type Loop, type Request } from "../loop/index.ts";
import {
  EBADF,
  ECANCELED,
  EIO,
  ESPIPE,
  O_APPEND,
  O_DIRECT,
  SEEK_CUR,
  SYS_lseek,
  syscalls,
} from "../sys/index.ts";
import { directRemedy, fileError, takenAway } from "./errors.ts";
import type { CloseOperation, FileCall, TransferOperation } from "./file-operations.ts";
import { Transfer, TransferGroup, Transfers, type TransferUser } from "./transfer.ts";

/** The inside of an open file: what is in progress on it, in which order, and its end. */
export abstract class FileHandle extends Handle {
  /** As it was opened; for errors. */
  readonly path: string;
  /** Opened with O_DIRECT: memory is transferred where it is, for a copy's address may be no multiple of a block. */
  readonly isDirect: boolean;
  /** Where the next transfer without a position begins, in bytes. */
  protected nextPosition = 0;
  private readonly reads = new Transfers();
  private readonly writes = new Transfers();
  private readonly readGroups: TransferGroup[] = [];
  private inProgress = 0;
  /** Transfers without a position that are in progress, both only where there are no positions; the others wait behind them. */
  private reading: TransferOperation | null = null;
  private writing: TransferOperation | null = null;
  private readonly queue: TransferOperation[] = [];
  private startingQueued = false;
  /** Whether it is a file, and no pipe or terminal. */
  private hasPositions = true;
  /** Of what has no positions: bytes that came for reads that nobody waited for any more. They are the next ones'. */
  private unread: Uint8Array | null = null;
  /** Calls that may wait for other programs. */
  private readonly waiting = new Set<FileCall<unknown>>();
  private closing = false;
  private closers: CloseOperation[] = [];
  /** Opened with O_APPEND: where a write goes, and so where the next transfer begins, only the kernel knows. */
  private readonly appends: boolean;

  /** @param flags the bits of open(2) */
  protected constructor(loop: Loop, descriptor: number, path: string, flags: number) {
    super(loop, descriptor);
    this.path = path;
    this.isDirect = (flags & O_DIRECT) !== 0;
    this.appends = (flags & O_APPEND) !== 0;
    if (this.appends) this.hasPositions = this.offset() !== -ESPIPE;
  }

  get closed(): boolean {
    return this.closing;
  }

  // Transfers

  /** @internal Reads that nobody uses. */
  takeReads(user: TransferUser): TransferGroup {
    const group = this.readGroups.pop() ?? new TransferGroup(this);
    group.user = user;
    return group;
  }

  /** @internal Nobody uses them any more. */
  giveReads(group: TransferGroup): void {
    group.user = null;
    this.readGroups.push(group);
  }

  /** @internal */
  beginTransfer(operation: TransferOperation): void {
    if (this.closing) {
      operation.refuse(this.closedError(operation.description));
      return;
    }
    this.begins();
    if (!operation.isSequential) this.start(operation);
    else if (this.startingQueued || this.mustQueue(operation)) this.queue.push(operation);
    else this.startSequential(operation);
  }

  /** @internal */
  leaveTransfer(operation: TransferOperation): void {
    if (operation.transfer) operation.transfer.cancel();
    else {
      this.queue.splice(this.queue.indexOf(operation), 1);
      this.ends();
      operation.cut();
    }
  }

  /** @internal */
  transferred(transfer: Transfer, operation: TransferOperation, result: number): void {
    if (this.unread !== null && this.isOfStream(operation)) result = this.readUnread(operation, result);
    if (result > 0) {
      operation.bytesTransferred += result;
      if (operation.bytesTransferred < operation.lengthBytes && this.goesOn(operation)) {
        this.submit(transfer, operation);
        return;
      }
    } else if (result === -ESPIPE && operation.isSequential && this.hasPositions) {
      this.hasPositions = false;
      if (!operation.cancelled && !this.closing) {
        this.submit(transfer, operation);
        this.startQueued();
        return;
      }
      // It came too late for the call that was refused, and the next one would not hear of it.
      result = -ECANCELED;
    }
    operation.transfer = null;
    transfer.user = null;
    this.freeTransfers(operation).add(transfer);
    if (operation.isSequential) this.endSequential(operation);
    this.ends();
    this.tell(operation, result);
  }

  /** @internal Nobody is there to have its result: who reads next reads it again. What was written stays so. */
  untransfer(operation: TransferOperation): void {
    const { writes, isSequential, position, bytesTransferred } = operation;
    if (writes || !isSequential) return;
    if (this.isOfStream(operation)) {
      this.unread = Buffer.concat([...operation.received(), ...(this.unread ? [this.unread] : [])]);
      // Who reads already gets them now.
      this.reading?.transfer?.cancel();
    } else if (this.nextPosition === position + bytesTransferred && !this.reading && !this.writing)
      this.nextPosition = position;
  }

  /** Whether it reads what comes next, where there are no positions. */
  private isOfStream({ writes, isSequential }: TransferOperation): boolean {
    return !writes && isSequential && !this.hasPositions;
  }

  /** Bytes that came earlier go first; what the kernel has given now comes behind them. @returns how many it gets */
  private readUnread(operation: TransferOperation, result: number): number {
    // What the kernel has to say of the end or a failure it will say again.
    if (result < 0 && operation.cancelled) return result;
    operation.bytesTransferred = Math.max(result, 0);
    const bytes = Buffer.concat([this.unread!, ...operation.received()]);
    operation.bytesTransferred = 0;
    const count = operation.receive(bytes);
    this.unread = count < bytes.length ? bytes.subarray(count) : null;
    return count;
  }

  /** Reads and writes of a file go on where the last of both has ended; those of a pipe have nothing to do with each other. */
  private mustQueue({ writes }: TransferOperation): boolean {
    if (this.hasPositions) return this.reading !== null || this.writing !== null;
    return (writes ? this.writing : this.reading) !== null;
  }

  private startSequential(operation: TransferOperation): void {
    if (operation.writes) this.writing = operation;
    else this.reading = operation;
    operation.position = this.nextPosition;
    this.start(operation);
  }

  private startQueued(): void {
    // One may end at once, and come here again.
    if (this.startingQueued) return;
    this.startingQueued = true;
    for (let i = 0; i < this.queue.length; ) {
      const operation = this.queue[i]!;
      if (this.mustQueue(operation)) i++;
      else {
        this.queue.splice(i, 1);
        this.startSequential(operation);
      }
    }
    this.startingQueued = false;
  }

  private start(operation: TransferOperation): void {
    const transfer = this.freeTransfers(operation).take() ?? new Transfer(this, operation.writes);
    transfer.user = operation;
    operation.transfer = transfer;
    this.submit(transfer, operation);
  }

  private freeTransfers({ writes }: TransferOperation): Transfers {
    return writes ? this.writes : this.reads;
  }

  private submit(transfer: Transfer, operation: TransferOperation): void {
    const { isSequential, writes } = operation;
    if (!isSequential || (this.hasPositions && !(writes && this.appends))) operation.submit(transfer);
    // A pipe has nothing to say to that, and io_uring would wait until it has.
    else if (operation.lengthBytes === 0) this.transferred(transfer, operation, 0);
    else if (this.unread && !writes) this.transferred(transfer, operation, -ECANCELED);
    else operation.submitNext(transfer);
  }

  /** Whether a short transfer is to be finished. */
  private goesOn(operation: TransferOperation): boolean {
    return !operation.cancelled && operation.isIntact && !this.isOfStream(operation);
  }

  private endSequential({ writes, bytesTransferred }: TransferOperation): void {
    if (writes && this.appends && this.hasPositions && bytesTransferred > 0)
      this.nextPosition = this.offset();
    else this.nextPosition += bytesTransferred;
    if (writes) this.writing = null;
    else this.reading = null;
    if (this.closing && !this.hasPositions) this.refuseQueued();
    else if (this.queue.length > 0) this.startQueued();
  }

  /** Where the kernel's own position is, which write(2) moves, lseek(2), or -errno. It never blocks. */
  private offset(): number {
    return syscalls.systemCall(SYS_lseek, this.descriptor, 0, SEEK_CUR, 0, 0, 0);
  }

  private refuseQueued(): void {
    for (const operation of this.queue.splice(0)) {
      this.ends();
      operation.refuse(this.closedError(operation.description));
    }
  }

  private tell(operation: TransferOperation, result: number): void {
    // Something was read only if the program still has the memory; to what was written that makes no difference.
    const isThere = operation.writes || operation.isIntact;
    if (isThere && this.isAnswered(operation)) operation.finish();
    else if (operation.cancelled) operation.cut();
    else if (result < 0 || !operation.isIntact)
      operation.refuse(this.transferError(result, operation.description, isThere));
    // The kernel took nothing, and says no reason.
    else if (operation.writes) operation.refuse(fileError(-EIO, operation.description, this));
    else operation.finish();
  }

  /** Whether all is transferred that was asked for. Of a pipe, what is there is the answer. */
  private isAnswered(operation: TransferOperation): boolean {
    const { bytesTransferred, lengthBytes } = operation;
    return bytesTransferred === lengthBytes || (bytesTransferred > 0 && this.isOfStream(operation));
  }

  /** @internal Why a transfer has failed. @param isThere whether the program still has the memory, or it makes no difference */
  transferError(result: number, syscall: string, isThere: boolean): Error {
    if (result === -ECANCELED) return this.closedError(syscall);
    return isThere && result < 0
      ? fileError(result, syscall, this, directRemedy(result))
      : takenAway(syscall);
  }

  // Other calls

  /** @internal */
  callBegins(call: FileCall<unknown>): void {
    if (this.closing) throw this.closedError(call.description);
    if (call.mayWait) this.waiting.add(call);
    this.begins();
  }

  /** @internal */
  callEnded(call: FileCall<unknown>): void {
    this.waiting.delete(call);
    this.ends();
  }

  // Closing

  /** @internal */
  beginClose(operation: CloseOperation): void {
    if (this.closing && this.descriptor < 0) {
      operation.finish();
      return;
    }
    this.closers.push(operation);
    this.waitBegins();
    if (this.closing) return;
    this.closing = true;
    for (const call of this.waiting) call.abort();
    if (!this.hasPositions)
      for (const operation of [this.reading, this.writing]) operation?.transfer?.cancel();
    this.closeWhenIdle();
  }

  /** Of {@link Continuation}. The descriptor is closed. */
  complete(_request: Request, result: number): void {
    const { closers } = this;
    this.closers = [];
    for (const closer of closers) {
      this.waitEnds();
      if (result < 0) closer.refuse(fileError(result, "close", this));
      else closer.finish();
    }
  }

  /** @internal Something begins that uses the descriptor. */
  begins(): void {
    this.inProgress++;
    this.waitBegins();
  }

  /** @internal */
  ends(): void {
    this.waitEnds();
    this.inProgress--;
    if (this.closing) this.closeWhenIdle();
  }

  /** A descriptor is closed only when nothing is in progress on it, or its number could be reused under our feet. */
  private closeWhenIdle(): void {
    if (this.inProgress > 0 || this.descriptor < 0) return;
    // They know what memory they met last.
    this.reads.clear();
    this.writes.clear();
    this.readGroups.length = 0;
    this.closeDescriptor(this, true);
  }

  /** @internal */
  closedError(syscall: string): Error {
    return fileError(-EBADF, syscall, this, "the file is closed");
  }
}
