import {
  AF_UNIX,
  addressOf,
  closeAtExit,
  closeWithEnvironment,
  EAGAIN,
  ECANCELED,
  EFD_CLOEXEC,
  EFD_NONBLOCK,
  EINTR,
  EMFILE,
  familyOf,
  handleInterrupts,
  keepAfterEnvironment,
  keepAtExit,
  RECEIVE_BYTES_MIN,
  SlabPool,
  SYS_close,
  syscalls,
  systemError,
} from "../sys/index.ts";
import * as calls from "./call-control.ts";
import { CallThread } from "./call-thread.ts";
import {
  ACCEPT,
  CALL,
  CLOSE,
  CONNECT,
  discardResult,
  isForFiles,
  pinnedAddress,
  READ,
  RECEIVE,
  type Request,
  type RequestKind,
  transferAddress,
  transferBytes,
  WRITE,
} from "./request.ts";
import { mayWait } from "./system-call.ts";

/** The bound of the threads that make blocking calls. */
export interface CallThreadsOptions {
  /**
   * Threads at most, 1 or more. They start when they are needed, are used again, and take about 8 MB each. Calls beyond
   * wait in a queue, and take turns with those that block. Default 128.
   */
  readonly threadsMax?: number;
}

/** Threads for calls that block, by default. */
export const BLOCKING_THREADS_MAX = 128;

/** Where completions are noted. */
export interface Notes {
  note(request: Request, result: number, data: Buffer | null, more: boolean): void;
}

/** Threads that did not end in time: what they may still write into stays referenced for good. */
const stuck: CallThread[] = [];

/** Threads for files by default: libuv's number. */
export const FILE_THREADS_MAX = 4;

/** How long a call may block while others wait: at first, and after many were interrupted in vain. */
const SLICE_MS_MIN = 10;
const SLICE_MS_MAX = 1000;
/** The same, if what waits is likely not to block. */
const URGENT_MS = 0.1;

/** Calls that mostly do not block share a few threads: it is faster to wait for one of those than to start another. */
const URGENT_CALLS_MIN = 4;

/** After the system had no room for a thread, it is not asked for another one for so long. */
const NEXT_THREAD_MS = 1000;

/**
 * Threads that make blocking system calls, a thread per blocked call. When all are blocked, further calls wait in a
 * queue, and blocked ones are interrupted in turn to make room: so the bound costs time, but nothing waits for ever.
 */
export class CallThreads {
  /** Readable, edge by edge, when a call has returned after {@link rest}. */
  readonly eventfd: number;
  /** System calls that the threads were given so far, and those about the eventfd. */
  systemCalls = 0;
  /** What the threads write to: the eventfd, or the other end of what stands in its place. */
  private readonly bellRope: number;
  private readonly threadsMax: number;
  /** When the system, which had no room for another thread, is asked again. */
  private nextThreadAt = 0;
  private readonly socketFlags: number;
  private readonly books: Notes;
  private readonly threads: CallThread[] = [];
  private readonly idle: CallThread[] = [];
  /** Calls that wait for a thread: first those that mostly do not block. */
  private readonly urgent = new Set<Request>();
  private readonly queue = new Set<Request>();
  private readonly pool = new SlabPool();
  private readonly bell = new Int32Array(new SharedArrayBuffer(4));
  /** For reading the eventfd, or many of its numbers out of a pipe. */
  private readonly count = new Int32Array(Buffer.allocUnsafeSlow(512).buffer);
  private readonly countAddress = addressOf(this.count);
  /** Threads that have calls which mostly do not block, and how many may: few, until one does block. */
  private urgentCalls = 0;
  private urgentMax = URGENT_CALLS_MIN;
  private sliceMs = SLICE_MS_MIN;
  /** Interruptions since a call was last of use. */
  private inVain = 0;
  private victim = 0;
  private warned = false;
  private closed = false;

  /**
   * @param socketFlags SOCK_ flags of the connections that it accepts
   * @param books where it notes what calls have come to
   * @param pipe the ends of a pipe or socket pair, reading and writing, which never block: in the eventfd's place for who
   *   needs signals (O_ASYNC), which an eventfd does not send. They are its own from now on
   */
  constructor(
    options: CallThreadsOptions,
    socketFlags: number,
    books: Notes,
    pipe?: readonly [number, number],
  ) {
    this.threadsMax = options.threadsMax ?? BLOCKING_THREADS_MAX;
    this.socketFlags = socketFlags;
    this.books = books;
    handleInterrupts();
    this.eventfd = pipe ? pipe[0] : syscalls.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (this.eventfd < 0) throw systemError(this.eventfd, "eventfd");
    this.bellRope = pipe ? pipe[1] : this.eventfd;
    for (const fd of this.bellEnds()) closeWithEnvironment(fd);
    closeAtExit(this.close);
  }

  /** Has a thread make a request's call: again and again for RECEIVE and ACCEPT, until one fails or is cancelled. */
  start(request: Request): void {
    const mayRun = !isUrgent(request) || this.urgentCalls < this.urgentMax;
    const thread = mayRun ? (this.idle.pop() ?? this.startThread()) : undefined;
    if (thread) this.give(thread, request);
    else if (this.threads.length === 0) this.refuse(request, -EAGAIN);
    else this.enqueue(request);
  }

  /** Whether a call is in progress, or has returned and was not collected. */
  get isBusy(): boolean {
    return this.threads.some(({ request }) => request !== null);
  }

  cancel(request: Request): void {
    if (this.queue.delete(request) || this.urgent.delete(request)) {
      this.books.note(request, -ECANCELED, null, false);
      return;
    }
    this.threads.find((thread) => thread.request === request)?.interrupt();
  }

  /** Notes all calls that have returned. */
  collect(): void {
    for (const thread of this.threads) {
      if (thread.hasReturned) this.settle(thread, thread.request!, thread.takeResult());
    }
  }

  /** Asks for the eventfd to tell of calls that return from now on. @returns false if some have already */
  rest(): boolean {
    Atomics.store(this.bell, 0, 1);
    if (!this.threads.some((thread) => thread.hasReturned)) return true;
    Atomics.store(this.bell, 0, 0);
    return false;
  }

  /** @param reset makes the eventfd unreadable again */
  wake(reset: boolean): void {
    Atomics.store(this.bell, 0, 0);
    if (reset) syscalls.read(this.eventfd, this.countAddress, this.count.byteLength);
  }

  /**
   * Ends all threads, whatever they are blocked in. Nothing is noted any more, and descriptors that nobody will hear of are
   * closed.
   */
  readonly close = (): void => {
    if (this.closed) return;
    this.closed = true;
    keepAtExit(this.close);
    for (const thread of this.threads) thread.quit();
    for (const thread of this.threads) {
      if (!thread.join()) stuck.push(thread);
      else if (thread.request) discardResult(thread.request, thread.result);
    }
    for (const fd of this.bellEnds()) {
      keepAfterEnvironment(fd);
      syscalls.close(fd);
    }
  };

  private bellEnds(): Set<number> {
    return new Set([this.eventfd, this.bellRope]);
  }

  private settle(thread: CallThread, request: Request, result: number): void {
    if (isUrgent(request)) this.urgentCalls--;
    // One that was interrupted is made again, but for closing: the descriptor is free even so, close(2).
    const wasInterrupted = result === -EINTR && request.kind !== CLOSE;
    const goesOn =
      wasInterrupted || (request.kind === RECEIVE ? result > 0 : result >= 0 && request.kind === ACCEPT);
    if (wasInterrupted) this.interruptedInVain(request);
    else {
      this.inVain = 0;
      this.sliceMs = SLICE_MS_MIN;
      const data = request.kind === RECEIVE && result > 0 ? thread.pool.take(result) : null;
      this.books.note(request, result, data, goesOn);
    }
    if (goesOn && request.cancelled) this.books.note(request, -ECANCELED, null, false);
    else if (request.kind === ACCEPT && result >= 0) {
      // Where one connection was, there are mostly more.
      this.give(thread, request);
      return;
    } else if (goesOn) this.queue.add(request);
    const next = this.dequeue();
    if (next) this.give(thread, next);
    else this.idle.push(thread);
  }

  private give(thread: CallThread, request: Request): void {
    thread.request = request;
    this.systemCalls++;
    if (isUrgent(request)) this.urgentCalls++;
    if (this.queue.size + this.urgent.size > 0 && !endsByItself(request)) thread.limitNext(this.sliceMs);
    const { fd } = request;
    switch (request.kind) {
      case RECEIVE:
        thread.pool.reserve(RECEIVE_BYTES_MIN);
        thread.call(calls.RECV, fd, thread.pool.address, thread.pool.leftBytes, 0);
        break;
      case ACCEPT:
        thread.call(calls.ACCEPT4, fd, 0, 0, 0);
        break;
      case READ:
      case WRITE: {
        const address = transferAddress(request, this.pool);
        const call = request.kind === READ ? calls.PREAD : calls.PWRITE;
        thread.call(call, fd, address, transferBytes(request), request.position);
        break;
      }
      case CLOSE:
        thread.callSystem(SYS_close, [fd]);
        break;
      case CALL:
        thread.callSystem(request.call!.number, request.call!.args);
        break;
      default: {
        const address = pinnedAddress(request, this.pool);
        const data = request.data!;
        thread.call(kindOfCall(request.kind, data), fd, address, transferBytes(request), 0);
      }
    }
  }

  private dequeue(): Request | undefined {
    if (this.urgentCalls < this.urgentMax) {
      const urgent = takeFirst(this.urgent);
      if (urgent) return urgent;
    }
    return takeFirst(this.queue);
  }

  /** The request waits for a thread, and those that have one have their time limited. */
  private enqueue(request: Request): void {
    if (isUrgent(request)) {
      this.urgent.add(request);
      if (this.urgentCalls >= this.urgentMax) this.limit(isUrgent);
      else this.limitNext();
    } else {
      this.queue.add(request);
      this.limit(() => true);
    }
    // Files have threads enough for disks; those of them that wait for other programs take turns, as they should.
    const isFull = this.threads.length >= this.threadsMax && !isForDisks(request);
    if (!isUrgent(request) || isFull) this.warn();
  }

  /** Who waits for a socket makes room for others; who works on a file will be back anyway. */
  private limit(isMeant: (request: Request) => boolean): void {
    for (const thread of this.threads) {
      const { request, timed } = thread;
      if (request && !timed && !endsByItself(request) && isMeant(request)) thread.limit(this.sliceMs);
    }
  }

  /** One thread that waits is to make room soon, each time another one. */
  private limitNext(): void {
    for (let i = 0; i < this.threads.length; i++) {
      this.victim = (this.victim + 1) % this.threads.length;
      const thread = this.threads[this.victim]!;
      if (!thread.request || isUrgent(thread.request)) continue;
      thread.limit(URGENT_MS);
      return;
    }
  }

  /** Turns that are of no use become longer, so that a crowd in which nothing happens costs little. */
  private interruptedInVain(request: Request): void {
    if (isUrgent(request)) this.urgentMax = Math.min(this.threadsMax, this.urgentMax + 1);
    if (++this.inVain < 2 * this.threads.length) return;
    this.inVain = 0;
    this.sliceMs = Math.min(SLICE_MS_MAX, this.sliceMs * 2);
  }

  /** @returns undefined if there may be no further thread */
  private startThread(): CallThread | undefined {
    if (this.threads.length >= this.threadsMax || performance.now() < this.nextThreadAt) return undefined;
    const { bellRope: eventfd, socketFlags } = this;
    const data = { bell: this.bell.buffer as SharedArrayBuffer, eventfd, socketFlags };
    try {
      const thread = new CallThread(data, (thread, error) => this.threadEnded(thread, error));
      this.threads.push(thread);
      return thread;
    } catch {
      this.nextThreadAt = performance.now() + NEXT_THREAD_MS;
      return undefined;
    }
  }

  /** There is no thread for it. Closing is done all the same, or the descriptor would stay. */
  private refuse(request: Request, result: number): void {
    const answer = request.kind === CLOSE ? syscalls.close(request.fd) : result;
    this.books.note(request, answer, null, false);
  }

  private threadEnded(thread: CallThread, error: unknown): void {
    if (this.closed) return;
    this.threads.splice(this.threads.indexOf(thread), 1);
    const { request } = thread;
    const at = this.idle.indexOf(thread);
    if (at >= 0) this.idle.splice(at, 1);
    if (thread.hasRun) warnOfDeath(error);
    else this.nextThreadAt = performance.now() + NEXT_THREAD_MS;
    if (!request) return;
    // Node tells what its thread lacked in words only.
    const result = String(error).includes("EMFILE") ? -EMFILE : -EAGAIN;
    if (isUrgent(request)) this.urgentCalls--;
    const idle = this.idle.pop();
    if (idle) this.give(idle, request);
    else if (this.threads.length === 0) this.refuse(request, result);
    else this.enqueue(request);
    syscalls.eventfdWrite(this.bellRope, 1);
  }

  private warn(): void {
    if (this.warned) return;
    this.warned = true;
    process.emitWarning(
      `All ${this.threads.length} threads for blocking calls are blocked: further calls wait in a queue and take turns. ` +
        "Raise PENTIO_BLOCKING_THREADS, at 8 MB a thread, or choose a model that needs no thread for each call",
      { code: "PENTIO_BLOCKING_BOUND" },
    );
  }
}

function kindOfCall(kind: RequestKind, data: Uint8Array): calls.CallKind {
  if (kind !== CONNECT) return calls.SEND;
  return familyOf(data) === AF_UNIX ? calls.CONNECT_UNIX : calls.CONNECT;
}

function warnOfDeath(error: unknown): void {
  process.emitWarning(`A thread for blocking calls has ended: ${String(error)}`, {
    code: "PENTIO_THREAD_ENDED",
  });
}

/** Whether a call is likely not to block, so that it is better made before those that are. */
function isUrgent({ kind }: Request): boolean {
  return kind !== RECEIVE && kind !== ACCEPT;
}

/** Whether a call takes no longer than a disk does, so that interrupting it is of no use. */
function endsByItself(request: Request): boolean {
  return isForDisks(request) && !(request.kind === CALL && mayWait(request.call!));
}

/** Whether it is about files: those that are closed here are. */
function isForDisks(request: Request): boolean {
  return isForFiles(request) || request.kind === CLOSE;
}

function takeFirst(requests: Set<Request>): Request | undefined {
  for (const request of requests) {
    requests.delete(request);
    return request;
  }
  return undefined;
}
