import { constants } from "node:os";
import { addressOf, setUint64, syscalls, systemError } from "../sys/index.ts";
import {
  IORING_CQ_EVENTFD_DISABLED,
  IORING_ENTER_GETEVENTS,
  IORING_FEAT_NODROP,
  IORING_FEAT_SINGLE_MMAP,
  IORING_REGISTER_EVENTFD,
  IORING_RSRC_REGISTER_SPARSE,
  IORING_SETUP_CQSIZE,
  IORING_SETUP_NO_MMAP,
  IORING_SETUP_NO_SQARRAY,
  IORING_SQ_CQ_OVERFLOW,
  IORING_SQ_TASKRUN,
  IORING_UNREGISTER_EVENTFD,
} from "./constants.ts";
import { ENTRY_WORDS } from "./prepare.ts";
import { allocateRing, COMPLETION_WORDS, mapRing, type RingMemory, releaseRing } from "./ring-memory.ts";

/** `struct io_uring_params`: ten words, then the offsets of both rings, ten words each. */
const PARAMETER_WORDS = 30;
const SQ_OFFSETS = 10;
const CQ_OFFSETS = 20;
/** Within either: `user_addr`, of 64 bits, where the program's own memory is. */
const USER_ADDRESS = 8;

/** What a ring is made with. */
export interface RingOptions {
  /** Submission entries, a power of two up to 32768. */
  readonly entries: number;
  /** Completion entries, a power of two of at least `entries`. */
  readonly completionEntries: number;
  /**
   * IORING_SETUP_ flags beside IORING_SETUP_CQSIZE, see io_uring_setup(2). With IORING_SETUP_NO_MMAP the memory is the program's
   * own: then the ring ends with its descriptor, however that is closed, and not only when it is unmapped.
   */
  readonly flags: number;
}

/**
 * An io_uring: the two rings that the program and the kernel share, mapped into memory and read and written with
 * plain stores and, for heads and tails, Atomics. It belongs to the thread that made it.
 *
 * Every method is a few loads and stores, but for {@link enter}, {@link registerEventfd} and {@link close}, which
 * are system calls.
 */
export class Ring {
  readonly fd: number;
  /** IORING_FEAT_ bits of this kernel. */
  readonly features: number;
  /** The submission entries, as words; see prepare.ts. */
  readonly entries: Int32Array;
  /** The completion entries, as words: {@link COMPLETION_WORDS} each, from {@link completionAt}. */
  readonly completions: Int32Array;
  /** io_uring_enter calls so far. */
  enters = 0;

  private readonly memory: RingMemory;
  /** The rings' memory as words; heads, tails and flags are read and written at the indices below. */
  private readonly words: Int32Array;
  private readonly sqHead: number;
  private readonly sqTail: number;
  private readonly sqFlags: number;
  private readonly sqMask: number;
  private readonly cqHead: number;
  private readonly cqTail: number;
  private readonly cqFlags: number;
  private readonly cqMask: number;
  /** Our ends of the rings: the entries up to here are prepared; the completions up to here are consumed. */
  private tail = 0;
  private head = 0;
  /** The entry that the kernel had not taken when we looked last: up to here there is room. */
  private end = 0;
  private eventfdWord: Int32Array | undefined;

  /** @throws the system's refusal, a {@link SystemError}: EPERM (forbidden), ENOSYS, EINVAL (unknown flag), ENOMEM */
  constructor(options: RingOptions) {
    const parameters = new Uint32Array(Buffer.allocUnsafeSlow(4 * PARAMETER_WORDS).fill(0).buffer);
    parameters[1] = options.completionEntries;
    parameters[2] = options.flags | IORING_SETUP_CQSIZE;
    const sq = parameters.subarray(SQ_OFFSETS, SQ_OFFSETS + 10);
    const cq = parameters.subarray(CQ_OFFSETS, CQ_OFFSETS + 10);
    const own =
      (options.flags & IORING_SETUP_NO_MMAP) !== 0
        ? allocateRing(options.entries, options.completionEntries)
        : undefined;
    if (own) {
      setUint64(cq, USER_ADDRESS, own.rings.address);
      setUint64(sq, USER_ADDRESS, own.sqes.address);
    }
    this.fd = syscalls.ioUringSetup(options.entries, addressOf(parameters));
    if (this.fd < 0) {
      if (own) releaseRing(own);
      throw systemError(this.fd, "io_uring_setup");
    }
    this.features = parameters[5]!;
    const needed = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP;
    if ((this.features & needed) !== needed) {
      syscalls.close(this.fd);
      if (own) releaseRing(own);
      throw systemError(-constants.errno.ENOSYS, "io_uring_setup", {
        remedy: "Linux 5.5 or later is needed",
      });
    }

    const sqEntries = parameters[0]!;
    const cqEntries = parameters[1]!;
    const hasArray = (options.flags & IORING_SETUP_NO_SQARRAY) === 0;
    const ringBytes = Math.max(cq[5]! + cqEntries * 16, hasArray ? sq[6]! + sqEntries * 4 : 0);
    this.memory = own ?? mapRing(this.fd, ringBytes, sqEntries);
    const { rings, sqes } = this.memory;
    this.words = new Int32Array(rings.buffer, 0, ringBytes >> 2);
    this.entries = new Int32Array(sqes.buffer);
    this.completions = new Int32Array(rings.buffer, cq[5]!, cqEntries * COMPLETION_WORDS);
    this.sqHead = sq[0]! >> 2;
    this.sqTail = sq[1]! >> 2;
    this.sqMask = sqEntries - 1;
    this.sqFlags = sq[4]! >> 2;
    this.cqHead = cq[0]! >> 2;
    this.cqTail = cq[1]! >> 2;
    this.cqMask = cqEntries - 1;
    this.cqFlags = cq[6]! >> 2;
    // Entries are used in order, so the kernel's array of indices is written once and for all.
    if (hasArray) for (let i = 0; i < sqEntries; i++) this.words[(sq[6]! >> 2) + i] = i;
  }

  /** The first word of the next free submission entry, or -1 if all are taken: {@link enter} first. */
  nextEntry(): number {
    if (this.tail === this.end) {
      // Acquire: the kernel has read what it took before it moved the head, so the entries may be written again.
      this.end = (Atomics.load(this.words, this.sqHead) + this.sqMask + 1) | 0;
      if (this.tail === this.end) return -1;
    }
    const at = (this.tail & this.sqMask) * ENTRY_WORDS;
    this.tail = (this.tail + 1) | 0;
    return at;
  }

  /** Entries that were prepared and that the kernel has not taken yet. */
  get unsubmitted(): number {
    return (this.tail - Atomics.load(this.words, this.sqHead)) | 0;
  }

  /**
   * Submits what is prepared and lets the kernel run what it had put off (IORING_SETUP_DEFER_TASKRUN). Waits for
   * `minComplete` completions.
   *
   * @returns the number of entries taken, or -errno: EAGAIN and EBUSY mean that completions must be reaped first;
   *   entries that were not taken stay prepared
   */
  enter(minComplete = 0, flags = IORING_ENTER_GETEVENTS): number {
    this.enters++;
    // Release: the kernel sees the entries' contents before it sees the new tail.
    Atomics.store(this.words, this.sqTail, this.tail);
    return syscalls.ioUringEnter(this.fd, this.unsubmitted, minComplete, flags);
  }

  /** Completions that wait to be read. */
  get ready(): number {
    // Acquire: the completions up to the tail are written before the tail is.
    return (Atomics.load(this.words, this.cqTail) - this.head) | 0;
  }

  /** The first word in {@link completions} of the `index`-th completion that waits. */
  completionAt(index: number): number {
    return ((this.head + index) & this.cqMask) * COMPLETION_WORDS;
  }

  /** Gives the first `count` completions back to the kernel. */
  advance(count: number): void {
    this.head = (this.head + count) | 0;
    // Release: we have read the entries before the kernel may write them again.
    Atomics.store(this.words, this.cqHead, this.head);
  }

  /** Whether the kernel holds completions back that did not fit; {@link enter} fetches them. */
  get overflown(): boolean {
    return (Atomics.load(this.words, this.sqFlags) & IORING_SQ_CQ_OVERFLOW) !== 0;
  }

  /** Whether the kernel has put off work that {@link enter} would run; known with IORING_SETUP_TASKRUN_FLAG only. */
  get hasDeferredWork(): boolean {
    return (Atomics.load(this.words, this.sqFlags) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) !== 0;
  }

  /** io_uring_register_eventfd(3): `fd` counts up when there are completions, or put-off work that will make some. */
  registerEventfd(fd: number): number {
    this.eventfdWord = new Int32Array(Buffer.allocUnsafeSlow(4).buffer);
    this.eventfdWord[0] = fd;
    return syscalls.ioUringRegister(this.fd, IORING_REGISTER_EVENTFD, addressOf(this.eventfdWord), 1);
  }

  unregisterEventfd(): number {
    return syscalls.ioUringRegister(this.fd, IORING_UNREGISTER_EVENTFD, 0, 0);
  }

  /**
   * io_uring_register_files_sparse(3), io_uring_register_buffers_sparse(3): a table of what the kernel knows by an index, empty at
   * first. Linux 5.19.
   *
   * @param opcode IORING_REGISTER_FILES2 or IORING_REGISTER_BUFFERS2
   * @returns 0 or -errno
   */
  registerTable(opcode: number, entries: number): number {
    // `struct io_uring_rsrc_register`: count, flags, and 64 bits each of reserved, data, tags.
    const table = new Uint32Array(Buffer.allocUnsafeSlow(32).fill(0).buffer);
    table[0] = entries;
    table[1] = IORING_RSRC_REGISTER_SPARSE;
    return syscalls.ioUringRegister(this.fd, opcode, addressOf(table), table.byteLength);
  }

  /** Switches the eventfd's counting off while the program looks at the ring anyway. */
  muteEventfd(muted: boolean): void {
    Atomics.store(this.words, this.cqFlags, muted ? IORING_CQ_EVENTFD_DISABLED : 0);
  }

  /** Closes the ring; the kernel cancels what is in flight. Nothing of the ring may be touched afterwards. */
  close(): void {
    syscalls.close(this.fd);
    releaseRing(this.memory);
  }
}
