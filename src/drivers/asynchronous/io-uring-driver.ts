import { PollSet } from "../../selectors/index.ts";
import {
  AF_UNIX,
  addressOf,
  closeWithEnvironment,
  EAGAIN,
  EBUSY,
  ECANCELED,
  EFD_CLOEXEC,
  EFD_NONBLOCK,
  EINTR,
  EINVAL,
  ENOBUFS,
  ESPIPE,
  F_DUPFD_CLOEXEC,
  F_SETFL,
  familyOf,
  keepAfterEnvironment,
  MSG_NOSIGNAL,
  MSG_WAITALL,
  O_NONBLOCK,
  POLLIN,
  SlabPool,
  SOCK_CLOEXEC,
  type SystemError,
  syscalls,
  systemError,
} from "../../sys/index.ts";
import {
  IORING_CQE_BUFFER_SHIFT,
  IORING_CQE_F_BUF_MORE,
  IORING_CQE_F_BUFFER,
  IORING_CQE_F_MORE,
  IORING_SETUP_DEFER_TASKRUN,
  prepareAccept,
  prepareCancel,
  prepareClose,
  prepareConnect,
  prepareMultishotAccept,
  prepareMultishotRecv,
  prepareRecvSelect,
  prepareSend,
  type Ring,
  setUserData,
} from "../../uring/index.ts";
import { CallThreads, type CallThreadsOptions, FILE_THREADS_MAX, type Notes } from "../call-threads.ts";
import { Completions } from "../completions.ts";
import { type Driver, type DriverStatistics, PENDING } from "../driver.ts";
import {
  ACCEPT,
  CALL,
  CLOSE,
  CONNECT,
  endsWithSuccess,
  isTransfer,
  pinnedAddress,
  READ,
  RECEIVE,
  type Request,
  SEND,
  transferBytes,
  WRITE,
} from "../request.ts";
import { isPositional } from "../system-call.ts";
import { type IoUringFeatures, requireOpcodes, setUpRing } from "./io-uring-features.ts";
import { CopiedBuffers, LentSlabs, RECEIVE_GROUP, type ReceiveBuffers } from "./receive-buffers.ts";
import { RingCalls } from "./ring-calls.ts";
import { RingTransfers } from "./ring-transfers.ts";

/** User data of a cancellation itself: its own answer says nothing that the request's completion does not. */
const CANCELLATION = -1;

/** However much is in flight, closing does not try for ever. */
const CLOSING_ROUNDS_MAX = 1000;

/** Completions that one reap takes: what they touch on their way up should still be in the processor's cache below. */
const REAPED_MAX = 128;

/**
 * What a disk waits for is submitted as soon as it is so many. Of a larger batch the kernel holds everything back until it has
 * prepared the last (IO_PLUG_THRESHOLD in its io_uring.c), and the disk has nothing to do meanwhile.
 */
const DIRECT_ENTRIES = 2;

/** Generations fit the upper half of the user data as a small integer of V8. */
const GENERATION_MASK = 0x3fffffff;

/**
 * The asynchronous model: the kernel waits, copies, and then tells. Requests are written into memory that the kernel
 * shares; one system call serves a whole batch. Files are transferred into and out of the program's own memory.
 */
export class IoUringDriver implements Driver, Notes {
  readonly model = "io_uring";
  /** An eventfd: the ring's own descriptor does not wake an epoll under IORING_SETUP_DEFER_TASKRUN. */
  readonly descriptor: number;
  readonly wakesOnEdges = true;
  // Not SOCK_NONBLOCK: io_uring would answer EAGAIN instead of waiting.
  readonly socketFlags = SOCK_CLOEXEC;
  readonly descriptorLimit = Number.POSITIVE_INFINITY;

  private readonly ring: Ring;
  private readonly deferred: boolean;
  private readonly buffers: ReceiveBuffers;
  private readonly pool = new SlabPool();
  private readonly transfers: RingTransfers;
  private readonly ringCalls: RingCalls;
  private readonly fileOptions: CallThreadsOptions;
  /** For what the ring has no operation for, once something like that was asked for. */
  private threads: CallThreads | null = null;
  private multishotReceive: boolean;
  private multishotAccept: boolean;

  /** By slot. */
  private readonly requests: (Request | null)[] = [];
  private readonly freeSlots: number[] = [];
  /** Of the last submission; it tells late completions from those of who has the slot now. */
  private generation = 0;
  /** Requests that the kernel ended without need, to be submitted again. */
  private readonly ended: Request[] = [];
  /** Accepts that were cancelled while their turn had come, to be tried once more. */
  private readonly passedOver: Request[] = [];
  private completions = new Completions();
  private delivering = new Completions();

  private readonly eventfdValue = Buffer.allocUnsafeSlow(8);
  private readonly eventfdAddress = addressOf(this.eventfdValue);
  private submitted = 0;
  private completed = 0;
  private wakes = 0;

  constructor(features: IoUringFeatures = {}, fileOptions: CallThreadsOptions = {}) {
    this.fileOptions = fileOptions;
    const { ring, flags } = setUpRing(features);
    this.ring = ring;
    this.transfers = new RingTransfers(ring, this.pool);
    this.deferred = (flags & IORING_SETUP_DEFER_TASKRUN) !== 0;
    this.multishotReceive = features.multishotReceive !== false;
    this.multishotAccept = features.multishotAccept !== false;
    this.descriptor = syscalls.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    try {
      if (this.descriptor < 0) throw systemError(this.descriptor, "eventfd");
      const opcodes = requireOpcodes(ring);
      this.ringCalls = new RingCalls(features.fileCalls === false ? new Set() : opcodes);
      const result = ring.registerEventfd(this.descriptor);
      if (result < 0) throw systemError(result, "io_uring_register");
      // A filter may allow a ring to be made and forbid its use.
      const entered = syscalls.ioUringEnter(ring.fd, 0, 0, 0);
      if (entered < 0) throw systemError(entered, "io_uring_enter");
      this.buffers = this.receiveBuffers(features);
    } catch (error) {
      if (this.descriptor >= 0) syscalls.close(this.descriptor);
      ring.close();
      throw error;
    }
    closeWithEnvironment(ring.fd);
    closeWithEnvironment(this.descriptor);
  }

  submit(request: Request): number {
    if (isTransfer(request)) {
      if (!this.transfers.begins(request)) return this.answer(request, -ESPIPE);
    } else if (request.kind === CALL) {
      const call = request.call!;
      if (isPositional(call) && this.transfers.refuses(call.args[0]!)) return this.answer(request, -ESPIPE);
      if (this.isForThreads(request)) {
        this.startOnThread(request);
        return PENDING;
      }
    } else if (request.kind === CLOSE) this.transfers.forget(request.fd);
    else if (request.kind === CONNECT && familyOf(request.data!) === AF_UNIX)
      return this.connectUnix(request);
    this.take(request);
    this.prepare(request);
    if (request.isDirect === true && this.ring.unsubmitted >= DIRECT_ENTRIES) this.enter();
    return PENDING;
  }

  cancel(request: Request): void {
    const { slot } = request;
    if (slot < 0 || request.cancelled) return;
    request.cancelled = true;
    // It has completed already, and says so at the next delivery.
    if (this.requests[slot] !== request) return;
    if (this.isForThreads(request)) this.threads!.cancel(request);
    else this.prepareCancellation(request);
  }

  flush(): void {
    this.resumeEnded();
    if (this.ring.unsubmitted > 0 || this.ring.hasDeferredWork) this.enter();
  }

  reap(): Completions {
    this.collect();
    this.threads?.collect();
    const completions = this.completions;
    this.completed += completions.length;
    this.completions = this.delivering;
    this.delivering = completions;
    return completions;
  }

  rest(): boolean {
    const ring = this.ring;
    if (this.completions.length > 0 || this.hasEnded || ring.unsubmitted > 0) {
      ring.muteEventfd(true);
      return false;
    }
    if (this.threads?.rest() === false) return false;
    ring.muteEventfd(false);
    // Elsewhere than on x86 the kernel may read the eventfd's switch before its note of put-off work is visible to
    // us; entering once after the switch settles it.
    if (process.arch !== "x64" && this.deferred) this.enter();
    if (ring.ready === 0 && !ring.hasDeferredWork) return true;
    ring.muteEventfd(true);
    return false;
  }

  wake(reset: boolean): void {
    this.ring.muteEventfd(true);
    this.threads?.wake(false);
    if (!reset) return;
    this.wakes++;
    syscalls.eventfdRead(this.descriptor, this.eventfdAddress);
  }

  statistics(): DriverStatistics {
    return {
      inFlight: this.inFlight,
      submitted: this.submitted,
      completed: this.completed,
      systemCalls: this.ring.enters + this.wakes + this.transfers.calls + (this.threads?.systemCalls ?? 0),
    };
  }

  /** Of {@link Notes}: a thread's call has returned. */
  note(request: Request, result: number, data: Buffer | null, more: boolean): void {
    this.release(request);
    this.completions.push(request, result, data, more);
  }

  close(): void {
    for (const request of this.requests) if (request) this.cancel(request);
    this.threads?.close();
    for (const request of this.requests) if (request && this.isForThreads(request)) this.release(request);
    // Memory may go only after the kernel has let go of it; cancelling a socket request takes no time.
    for (let i = 0; i < CLOSING_ROUNDS_MAX && this.inFlight > 0; i++) {
      this.resumeEnded();
      if (this.inFlight > 0) this.ring.enter(1);
      this.collect();
    }
    this.completions.discard();
    this.delivering.discard();
    keepAfterEnvironment(this.ring.fd);
    keepAfterEnvironment(this.descriptor);
    this.buffers.close();
    this.transfers.close();
    this.ring.close();
    syscalls.close(this.descriptor);
  }

  get isIdle(): boolean {
    return this.inFlight === 0;
  }

  private get inFlight(): number {
    return this.requests.length - this.freeSlots.length;
  }

  private receiveBuffers(features: IoUringFeatures): ReceiveBuffers {
    if (features.incrementalBuffers !== false && this.deferred) {
      try {
        return new LentSlabs(this.ring);
      } catch {
        // Before Linux 6.12: EINVAL.
      }
    }
    return new CopiedBuffers(this.ring, this.pool);
  }

  /**
   * Connecting to a Unix socket never takes time: it succeeds, or the queue is full and that is EAGAIN, as in Node.
   * io_uring would take EAGAIN for a reason to wait for writability, which is always there, and spin.
   */
  private connectUnix(request: Request): number {
    const { fd } = request;
    const address = pinnedAddress(request, this.pool);
    syscalls.fcntl(fd, F_SETFL, O_NONBLOCK);
    const result = syscalls.connect(fd, address, request.data!.length);
    syscalls.fcntl(fd, F_SETFL, 0);
    return this.answer(request, result);
  }

  /** Gives a request back whose result is known at once. */
  private answer(request: Request, result: number): number {
    request.data = null;
    this.submitted++;
    this.completed++;
    return result;
  }

  private take(request: Request): void {
    const slot = this.freeSlots.pop() ?? this.newSlot();
    this.requests[slot] = request;
    request.slot = slot;
    request.cancelled = false;
    this.renew(request);
    this.submitted++;
  }

  /** Whether it is a call that the ring has no operation for. */
  private isForThreads(request: Request): boolean {
    return request.kind === CALL && !this.ringCalls.has(request.call!);
  }

  private startOnThread(request: Request): void {
    this.take(request);
    try {
      this.threads ??= this.makeThreads();
      this.threads.start(request);
    } catch (error) {
      this.note(request, (error as SystemError).errno, null, false);
    }
  }

  /** Their bell is another descriptor of the eventfd that Node watches for the ring. */
  private makeThreads(): CallThreads {
    const bell = syscalls.fcntl(this.descriptor, F_DUPFD_CLOEXEC, 0);
    if (bell < 0) throw systemError(bell, "fcntl");
    return new CallThreads({ threadsMax: FILE_THREADS_MAX, ...this.fileOptions }, 0, this, [bell, bell]);
  }

  private newSlot(): number {
    return this.requests.push(null) - 1;
  }

  /**
   * Frees the slot; a completion that still carries it is recognised by its generation. The request itself is in flight
   * until its last completion is delivered.
   */
  private release(request: Request): void {
    const { slot } = request;
    this.requests[slot] = null;
    this.freeSlots.push(slot);
  }

  /** Makes what is submitted next a submission of its own. */
  private renew(request: Request): void {
    this.generation = (this.generation + 1) & GENERATION_MASK;
    request.generation = this.generation;
  }

  private nextEntry(): number {
    for (;;) {
      const at = this.ring.nextEntry();
      if (at >= 0) return at;
      this.enter();
    }
  }

  private prepare(request: Request): void {
    const at = this.nextEntry();
    const { entries } = this.ring;
    const { fd } = request;
    switch (request.kind) {
      case SEND: {
        const address = pinnedAddress(request, this.pool);
        prepareSend(entries, at, fd, address, transferBytes(request), MSG_NOSIGNAL | MSG_WAITALL);
        break;
      }
      case RECEIVE:
        if (this.multishotReceive) prepareMultishotRecv(entries, at, fd, RECEIVE_GROUP);
        else prepareRecvSelect(entries, at, fd, RECEIVE_GROUP);
        break;
      case ACCEPT:
        if (this.multishotAccept && !request.isShared)
          prepareMultishotAccept(entries, at, fd, this.socketFlags);
        else prepareAccept(entries, at, fd, this.socketFlags);
        break;
      case CONNECT: {
        const address = pinnedAddress(request, this.pool);
        prepareConnect(entries, at, fd, address, request.data!.length);
        break;
      }
      case READ:
      case WRITE:
        this.transfers.prepare(at, request);
        return;
      case CLOSE:
        prepareClose(entries, at, fd);
        break;
      case CALL:
        this.ringCalls.prepare(entries, at, request.call!);
        break;
    }
    setUserData(entries, at, request.slot, request.generation);
  }

  private prepareCancellation(request: Request): void {
    const at = this.nextEntry();
    const { entries } = this.ring;
    prepareCancel(entries, at, request.slot, request.generation);
    setUserData(entries, at, CANCELLATION, CANCELLATION);
  }

  private enter(): void {
    const result = this.ring.enter();
    if (result >= 0 || result === -EINTR) return;
    // The kernel has no room for more until completions are read; what was not taken stays prepared.
    if (result === -EAGAIN || result === -EBUSY) this.collect();
    else throw systemError(result, "io_uring_enter");
  }

  private collect(): void {
    const ring = this.ring;
    const count = Math.min(ring.ready, REAPED_MAX);
    if (count === 0) return;
    const { completions } = ring;
    for (let i = 0; i < count; i++) {
      const at = ring.completionAt(i);
      const slot = completions[at]!;
      if (slot === CANCELLATION) continue;
      const request = this.requests[slot];
      if (request === null || request === undefined || request.generation !== completions[at + 1]) continue;
      this.complete(request, completions[at + 2]!, completions[at + 3]!);
    }
    ring.advance(count);
    this.buffers.publish();
  }

  private complete(request: Request, result: number, flags: number): void {
    // The way of most. What follows would come to the same for them, after questions that concern others.
    if (flags === 0 && result >= 0 && endsWithSuccess(request)) {
      this.end(request, result);
      return;
    }
    const more = (flags & IORING_CQE_F_MORE) !== 0;
    let data: Buffer | null = null;
    if ((flags & IORING_CQE_F_BUFFER) !== 0) {
      const partly = (flags & IORING_CQE_F_BUF_MORE) !== 0;
      data = this.buffers.take(flags >>> IORING_CQE_BUFFER_SHIFT, Math.max(result, 0), partly);
    }
    if (more) {
      this.completions.push(request, result, data, true);
    } else if (this.endedWithoutNeed(request, result)) {
      if (result >= 0) this.completions.push(request, result, data, true);
      this.ended.push(request);
    } else if (result === -ECANCELED && request.isShared && isReadable(request.fd)) {
      // Of all who wait for connections the kernel wakes one, and if it has woken this one nobody else will come.
      this.passedOver.push(request);
    } else {
      this.end(request, result);
    }
  }

  private end(request: Request, result: number): void {
    this.release(request);
    this.completions.push(request, result, null, false);
  }

  /** Whether the request should go on although the kernel says that it does not. */
  private endedWithoutNeed(request: Request, result: number): boolean {
    switch (request.kind) {
      case RECEIVE:
        if (result === -EINVAL && this.multishotReceive) {
          this.multishotReceive = false;
          return true;
        }
        return result > 0 || result === -ENOBUFS || isTransient(result);
      case ACCEPT:
        if (result === -EINVAL && this.multishotAccept && !request.isShared) {
          this.multishotAccept = false;
          return true;
        }
        return result >= 0 || isTransient(result);
      case SEND:
        return isTransient(result);
      case READ:
      case WRITE:
      case CALL:
        return result === -EINTR;
      default:
        return false;
    }
  }

  private get hasEnded(): boolean {
    return this.ended.length > 0 || this.passedOver.length > 0;
  }

  private resumeEnded(): void {
    while (this.ended.length > 0) this.resume(this.ended.pop()!);
    while (this.passedOver.length > 0) {
      const request = this.passedOver.pop()!;
      this.prepareAgain(request);
      this.prepareCancellation(request);
    }
  }

  /** Submits again what {@link endedWithoutNeed}, under a new generation, or ends it if nobody wants it any more. */
  private resume(request: Request): void {
    if (request.cancelled) {
      this.end(request, -ECANCELED);
      return;
    }
    this.prepareAgain(request);
  }

  private prepareAgain(request: Request): void {
    this.renew(request);
    this.prepare(request);
  }
}

/** Whether a connection waits on a listening socket. */
function isReadable(fd: number): boolean {
  const set = new PollSet();
  set.set(fd, POLLIN);
  return set.wait(0) > 0;
}

function isTransient(result: number): boolean {
  return result === -EAGAIN || result === -EINTR;
}
