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
import type { CloseOperation, FileCall } from "./file-operations.ts";
import { FreeList } from "./free-list.ts";
import { TransferGroup, type TransferUser } from "./transfer.ts";
import { TransferWork } from "./transfer-work.ts";

/** The inside of an open file: what is in progress on it, in which order, and its end. */
export abstract class FileHandle extends Handle {
  /** As it was opened; for errors. */
  readonly path: string;
  /** Opened with O_DIRECT: memory is transferred where it is, for a copy's address may be no multiple of a block. */
  readonly isDirect: boolean;
  /** Where the next transfer without a position begins, in bytes. */
  protected nextPosition = 0;
  private readonly reads = new FreeList<TransferWork>();
  private readonly writes = new FreeList<TransferWork>();
  private readonly readGroups: TransferGroup[] = [];
  private inProgress = 0;
  /** Transfers without a position that are in progress, both only where there are no positions; the others wait behind them. */
  private reading: TransferWork | null = null;
  private writing: TransferWork | null = null;
  private readonly queue: TransferWork[] = [];
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

  /** @internal One that nobody uses. */
  takeWork(writes: boolean): TransferWork {
    const free = writes ? this.writes : this.reads;
    return free.take() ?? new TransferWork(this, writes, free);
  }

  /** @internal */
  beginTransfer(work: TransferWork): void {
    if (this.closing) {
      work.refuse(this.closedError(work.description));
      return;
    }
    this.begins();
    if (!work.isSequential) this.submit(work);
    else if (this.startingQueued || this.mustQueue(work)) this.queue.push(work);
    else this.startSequential(work);
  }

  /** @internal */
  leaveTransfer(work: TransferWork): void {
    const at = this.queue.indexOf(work);
    if (at < 0) work.transfer.cancel();
    else {
      this.queue.splice(at, 1);
      this.ends();
      work.cut();
    }
  }

  /** @internal */
  transferred(work: TransferWork, result: number): void {
    if (this.unread !== null && this.isOfStream(work)) result = this.readUnread(work, result);
    if (result > 0) {
      work.bytesTransferred += result;
      if (work.bytesTransferred < work.lengthBytes && this.goesOn(work)) {
        this.submit(work);
        return;
      }
    } else if (result === -ESPIPE && work.isSequential && this.hasPositions) {
      this.hasPositions = false;
      if (!work.cancelled && !this.closing) {
        this.submit(work);
        this.startQueued();
        return;
      }
      // It came too late for the call that was refused, and the next one would not hear of it.
      result = -ECANCELED;
    }
    if (work.isSequential) this.endSequential(work);
    this.ends();
    this.tell(work, result);
  }

  /**
   * Nobody is there to have what was read without a position: who reads next reads it again.
   *
   * @internal
   * @param position where it began
   */
  unreadBytes(memory: readonly Uint8Array[], position: number, count: number): void {
    if (!this.hasPositions) {
      this.unread = Buffer.concat([...parts(memory, count), ...(this.unread ? [this.unread] : [])]);
      // Who reads already gets them now.
      this.reading?.transfer.cancel();
    } else if (this.nextPosition === position + count && !this.reading && !this.writing)
      this.nextPosition = position;
  }

  /** Whether it reads what comes next, where there are no positions. */
  private isOfStream({ writes, isSequential }: TransferWork): boolean {
    return !writes && isSequential && !this.hasPositions;
  }

  /** Bytes that came earlier go first; what the kernel has given now comes behind them. @returns how many it gets */
  private readUnread(work: TransferWork, result: number): number {
    // What the kernel has to say of the end or a failure it will say again.
    if (result < 0 && work.cancelled) return result;
    work.bytesTransferred = Math.max(result, 0);
    const bytes = Buffer.concat([this.unread!, ...parts(work.memory, work.bytesTransferred)]);
    work.bytesTransferred = 0;
    const count = work.receive(bytes);
    this.unread = count < bytes.length ? bytes.subarray(count) : null;
    return count;
  }

  /** Reads and writes of a file go on where the last of both has ended; those of a pipe have nothing to do with each other. */
  private mustQueue({ writes }: TransferWork): boolean {
    if (this.hasPositions) return this.reading !== null || this.writing !== null;
    return (writes ? this.writing : this.reading) !== null;
  }

  private startSequential(work: TransferWork): void {
    if (work.writes) this.writing = work;
    else this.reading = work;
    work.position = this.nextPosition;
    this.submit(work);
  }

  private startQueued(): void {
    // One may end at once, and come here again.
    if (this.startingQueued) return;
    this.startingQueued = true;
    for (let i = 0; i < this.queue.length; ) {
      const work = this.queue[i]!;
      if (this.mustQueue(work)) i++;
      else {
        this.queue.splice(i, 1);
        this.startSequential(work);
      }
    }
    this.startingQueued = false;
  }

  private submit(work: TransferWork): void {
    const { isSequential, writes } = work;
    if (!isSequential || (this.hasPositions && !(writes && this.appends))) work.submit();
    // A pipe has nothing to say to that, and io_uring would wait until it has.
    else if (work.lengthBytes === 0) this.transferred(work, 0);
    else if (this.unread && !writes) this.transferred(work, -ECANCELED);
    else work.submitNext();
  }

  /** Whether a short transfer is to be finished. */
  private goesOn(work: TransferWork): boolean {
    return !work.cancelled && work.isIntact && !this.isOfStream(work);
  }

  private endSequential({ writes, bytesTransferred }: TransferWork): void {
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
    for (const work of this.queue.splice(0)) {
      this.ends();
      work.refuse(this.closedError(work.description));
    }
  }

  private tell(work: TransferWork, result: number): void {
    // Something was read only if the program still has the memory; to what was written that makes no difference.
    const isThere = work.writes || work.isIntact;
    if (isThere && this.isAnswered(work)) work.finish();
    else if (work.cancelled) work.cut();
    else if (result < 0 || !work.isIntact) work.refuse(this.transferError(result, work.description, isThere));
    // The kernel took nothing, and says no reason.
    else if (work.writes) work.refuse(fileError(-EIO, work.description, this));
    else work.finish();
  }

  /** Whether all is transferred that was asked for. Of a pipe, what is there is the answer. */
  private isAnswered(work: TransferWork): boolean {
    const { bytesTransferred, lengthBytes } = work;
    return bytesTransferred === lengthBytes || (bytesTransferred > 0 && this.isOfStream(work));
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
    if (!this.hasPositions) for (const work of [this.reading, this.writing]) work?.transfer.cancel();
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
    if (this.inProgress++ === 0) this.waitBegins();
  }

  /** @internal */
  ends(): void {
    if (--this.inProgress > 0) return;
    this.waitEnds();
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

/** The first bytes of memory. */
function parts(memory: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  return memory.map((piece) => {
    const part = piece.subarray(0, left);
    left -= part.length;
    return part;
  });
}
