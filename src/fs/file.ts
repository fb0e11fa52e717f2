import type { Loop, SystemCall } from "../loop/index.ts";
import { AT_EMPTY_PATH, AT_SYMLINK_FOLLOW } from "../sys/index.ts";
import type { Operation } from "../task/index.ts";
import { FileAttributes } from "./attributes.ts";
import { CallOperation, nothing } from "./call-operation.ts";
import * as calls from "./calls.ts";
import { checkWhole, wrongType } from "./errors.ts";
import { FileHandle } from "./file-handle.ts";
import { CloseOperation, FileCall, transferOperation } from "./file-operations.ts";
import { type FileLock, type LockOptions, lockFile } from "./locks.ts";
import { mapFile } from "./mapping.ts";
import { type Path, pathBytes, pathText, textBytes } from "./path.ts";
import { type Advice, type AllocateOptions, adviceNumber, allocateMode, type Range } from "./ranges.ts";
import type { Stats } from "./stats.ts";
import { timesBytes } from "./times.ts";
import { NEXT } from "./transfer.ts";
import { NO_BYTES } from "./transfer-work.ts";

/** Where a transfer begins. */
export interface TransferOptions {
  /**
   * In bytes from the start of the file, 0 to 2^53 - 1. Default: where the last transfer without a position has ended; these
   * take turns, while any number with a position may be in progress.
   */
  readonly position?: number;
}

const noOptions: TransferOptions = {};

/**
 * An open file. Reads and writes go between the disk, or the page cache, and the caller's own memory, which belongs to the
 * kernel until they have ended: leave it alone until then. A cancelled one ends when the kernel has let go of it.
 *
 * Errors are of Node's shape, with `path`; of a transfer that had got somewhere, with `bytesTransferred`.
 */
export class File extends FileHandle {
  /** @internal Files come from `open()`. */
  constructor(loop: Loop, descriptor: number, path: string, flags: number) {
    super(loop, descriptor, path, flags);
  }

  /**
   * Reads until the memory is full or the file has ended; from a pipe, what there is.
   *
   * @returns how many bytes; fewer than there is room for only at the end
   * @throws EISDIR, EIO and what else the system says; ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE
   */
  read(into: Uint8Array, options: TransferOptions = noOptions): Operation<number> {
    return transferOperation(this, false, checkBytes(into), null, start(options));
  }

  /**
   * Writes all of the data; text as UTF-8. In a file opened for appending it goes to the end, wherever it is said to go, and
   * without a position the next transfer goes on behind it, as open(2) says.
   *
   * @returns how many bytes that is
   * @throws ENOSPC, EFBIG, EBADF and what else the system says; ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE
   */
  write(data: Uint8Array | string, options: TransferOptions = noOptions): Operation<number> {
    const bytes = typeof data === "string" ? Buffer.from(data) : checkBytes(data);
    return transferOperation(this, true, bytes, null, start(options));
  }

  /** As {@link read}, into several pieces of memory one after the other. */
  readv(into: readonly Uint8Array[], options: TransferOptions = noOptions): Operation<number> {
    return transferOperation(this, false, NO_BYTES, into.map(checkBytes), start(options));
  }

  /** As {@link write}, of several pieces one after the other. */
  writev(data: readonly Uint8Array[], options: TransferOptions = noOptions): Operation<number> {
    return transferOperation(this, true, NO_BYTES, data.map(checkBytes), start(options));
  }

  /** Where the next transfer without a position begins, in bytes. @throws ERR_OUT_OF_RANGE */
  get position(): number {
    return this.nextPosition;
  }

  set position(position: number) {
    this.nextPosition = checkWhole(position, "position");
  }

  /** The file's extended attributes, xattr(7). */
  get attributes(): FileAttributes {
    return new FileAttributes(this);
  }

  /** What is known of the file. */
  stat(): Operation<Stats> {
    const [call, outcome] = calls.statx(this.descriptor, textBytes(""), AT_EMPTY_PATH);
    return new FileCall(this, call, "fstat", outcome);
  }

  /** Waits until all that was written is on the disk, fsync(2). An error tells of any write since the last one. */
  sync(): Operation<void> {
    return this.call(calls.fsync(this.descriptor), "fsync");
  }

  /** The same without what is not needed for reading it, such as times: fdatasync(2). */
  datasync(): Operation<void> {
    return this.call(calls.fdatasync(this.descriptor), "fdatasync");
  }

  /** Cuts the file, or fills it up with zeros. @throws EFBIG, EINVAL, ERR_OUT_OF_RANGE */
  truncate(lengthBytes = 0): Operation<void> {
    return this.call(calls.ftruncate(this.descriptor, checkWhole(lengthBytes, "lengthBytes")), "ftruncate");
  }

  /** Sees to it that there is space on the disk, or none: fallocate(2). @throws ENOSPC, ENOTSUP, ERR_OUT_OF_RANGE */
  allocate(range: Required<Range>, options: AllocateOptions = {}): Operation<void> {
    const position = checkWhole(range.position, "position");
    const lengthBytes = checkWhole(range.lengthBytes, "lengthBytes");
    const call = calls.fallocate(this.descriptor, allocateMode(options), position, lengthBytes);
    return this.call(call, "fallocate");
  }

  /** Tells the kernel how the file, or a part, will be read: posix_fadvise(2). @throws ERR_INVALID_ARG_VALUE */
  advise(advice: Advice, { position = 0, lengthBytes = 0 }: Range = {}): Operation<void> {
    const number = adviceNumber(advice);
    return this.call(
      calls.fadvise(
        this.descriptor,
        checkWhole(position, "position"),
        checkWhole(lengthBytes, "lengthBytes"),
        number,
      ),
      "fadvise",
    );
  }

  /** Sets the permissions, such as 0o644. */
  chmod(mode: number): Operation<void> {
    return this.call(calls.fchmod(this.descriptor, mode), "fchmod");
  }

  /** Sets the times of the last access and change: a Date, or milliseconds since 1970. */
  utimes(accessed: Date | number, modified: Date | number): Operation<void> {
    return this.call(calls.utimensat(this.descriptor, null, timesBytes(accessed, modified)), "futime");
  }

  /**
   * Gives a file without a name, of `openTemporary()`, its first one; another file of that name is not replaced.
   *
   * @throws EEXIST, EXDEV
   */
  linkTo(path: Path): Operation<void> {
    const own = textBytes(`/proc/self/fd/${this.descriptor}`);
    const subject = { path: this.path, dest: pathText(path) };
    return new CallOperation(calls.linkat(own, pathBytes(path), AT_SYMLINK_FOLLOW), "link", subject, nothing);
  }

  /**
   * Locks the file, or a part, against others who ask: an open file description lock, fcntl(2). It is this open file's,
   * whichever task holds it, and ends with it. Waiting for it can be cancelled.
   *
   * @returns the lock, or null if another has it and `wait` is false
   */
  lock(options: LockOptions = {}): Operation<FileLock | null> {
    return lockFile(this, options);
  }

  /**
   * The file's bytes as memory, mmap(2): read from the disk where they are touched, which blocks the thread for as long. What
   * is written there changes no file. It goes when the last view has been garbage-collected. If another program cuts the
   * file, or this one does, touching what is gone ends the process (SIGBUS).
   *
   * @param range `position` a multiple of 4096. Default: the whole file. What lies behind its present end is left out
   */
  map(range: Range = {}): Operation<Buffer> {
    return mapFile(this, range);
  }

  /**
   * Closes the file when what is in progress on it has ended; waiting for a lock or for a pipe's data ends. Closing twice does
   * no harm.
   *
   * @throws EIO, ENOSPC, EDQUOT: what was written did not reach the disk
   */
  close(): Operation<void> {
    return new CloseOperation(this);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.close());
  }

  private call(call: SystemCall, syscall: string): Operation<void> {
    return new FileCall(this, call, syscall, nothing);
  }
}

function start({ position }: TransferOptions): number {
  return position === undefined ? NEXT : checkWhole(position, "position");
}

function checkBytes(data: Uint8Array): Uint8Array {
  if (data instanceof Uint8Array) return data;
  throw wrongType("The memory of a transfer is a Buffer or another Uint8Array");
}
