import { Epoll } from "../../selectors/index.ts";
import {
  addressOf,
  COMPLETION_SIGNAL,
  closeWithEnvironment,
  disownDescriptor,
  EAGAIN,
  ECANCELED,
  EPOLLIN,
  F_DUPFD_CLOEXEC,
  keepAfterEnvironment,
  openAio,
  ownDescriptor,
  SHUT_RDWR,
  SignalDescriptor,
  SlabPool,
  SO_LINGER,
  SO_SNDTIMEO,
  SOCK_CLOEXEC,
  SOL_SOCKET,
  socketType,
  syscalls,
} from "../../sys/index.ts";
import { Books } from "../books.ts";
import { CallThreads, type Notes } from "../call-threads.ts";
import type { Completions } from "../completions.ts";
import { type Driver, type DriverStatistics, PENDING } from "../driver.ts";
import {
  ACCEPT,
  CALL,
  CLOSE,
  CONNECT,
  isTransfer,
  RECEIVE,
  type Request,
  type RequestKind,
} from "../request.ts";
import { AioCall } from "./aio-call.ts";
import { AioTransfers } from "./aio-transfers.ts";

/** Threads of the C library at most; its threads have small stacks. */
const THREADS_MAX = 1000;
/** Reads in progress at most: the rest of the threads is for writes, which come to an end sooner. */
export const AIO_READS_MAX = 900;

/** Threads of ours for what POSIX aio does not have: accept, connect, and most of what files can do. */
const CALL_THREADS_MAX = 16;

/**
 * How long a write may block before we look whether it was cancelled: the C library cannot cancel one that has begun. At
 * first, and after long waiting.
 */
const WRITE_MS_MIN = 20;
const WRITE_MS_MAX = 1000;

/** Of SO_SNDTIMEO: no limit. */
const ENDLESS = 0;

/** Writes that have waited long and that threads of ours make, which can be interrupted: of the threads, some are for others. */
const LENT_MAX = 3;

/** What is known of a socket. */
class Line {
  readonly fd: number;
  /** Another descriptor of the socket: the C library does one call at a time for each descriptor. */
  writeFd = -1;
  reader: Request | null = null;
  /** The first one is in progress. */
  readonly writers: Request[] = [];
  closer: Request | null = null;
  /** In progress; a read can be for nobody, after its request was cancelled. */
  read: AioCall | null = null;
  write: AioCall | null = null;
  /** What such a read has brought, for whoever reads next. */
  kept: { result: number; data: Buffer | null } | null = null;
  /** How long a write may block; SO_SNDTIMEO, which the socket keeps. */
  writeMs = 0;

  constructor(fd: number) {
    this.fd = fd;
  }
}

/**
 * The asynchronous model by POSIX aio(7): threads of the C library wait and copy, a signal tells that they have. It was
 * made for files, and takes them as it is. On sockets a call that has begun cannot be cancelled, so a read that nobody wants
 * any more stays for the next who reads, and a write ends at its time-out, or after seconds goes on in a thread of ours. accept
 * and connect, which aio does not have, block such threads, too.
 */
export class AioDriver implements Driver, Notes {
  readonly model = "aio";
  readonly descriptor: number;
  readonly wakesOnEdges = false;
  readonly socketFlags = SOCK_CLOEXEC;
  readonly descriptorLimit = Number.POSITIVE_INFINITY;
  private readonly books = new Books();
  private readonly pool = new SlabPool();
  private readonly threads: CallThreads;
  private readonly signal: SignalDescriptor;
  /** Watches the signal and the threads. */
  private readonly epoll: Epoll;
  /** By descriptor. */
  private readonly lines: (Line | undefined)[] = [];
  private readonly reading = new Set<Line>();
  private readonly writing = new Set<Line>();
  /** Lines whose write a thread of ours makes. */
  private lentCount = 0;
  /** Reads beyond the bound; they begin when others have ended. */
  private readonly queue = new Set<Line>();
  private readonly freeCalls: AioCall[] = [];
  private readonly transfers = new AioTransfers(this.freeCalls, this.books);
  /** Lines that have something kept for a new reader. */
  private readonly kept = new Set<Line>();
  /** For socket options: at most `struct timeval`. */
  private readonly option = new Int32Array(Buffer.allocUnsafeSlow(16).fill(0).buffer);
  private readonly optionAddress = addressOf(this.option);
  private calls = 0;
  private warned = false;

  constructor() {
    openAio(THREADS_MAX);
    const made: { close(): void }[] = [];
    const keep = <T extends { close(): void }>(part: T): T => {
      made.push(part);
      return part;
    };
    try {
      this.threads = keep(new CallThreads({ threadsMax: CALL_THREADS_MAX }, this.socketFlags, this));
      this.signal = keep(new SignalDescriptor(COMPLETION_SIGNAL));
      this.epoll = new Epoll();
    } catch (error) {
      for (const part of made) part.close();
      throw error;
    }
    this.descriptor = this.epoll.fd;
    closeWithEnvironment(this.descriptor);
    this.epoll.add(this.signal.fd, EPOLLIN);
    this.epoll.add(this.threads.eventfd, EPOLLIN);
  }

  get isIdle(): boolean {
    return this.books.inFlight === 0;
  }

  submit(request: Request): number {
    this.books.enter(request);
    if (request.isFile) this.closeFile(request);
    else if (request.kind === CLOSE) return this.closeDescriptor(request);
    else if (isForThreads(request.kind)) this.threads.start(request);
    else if (isTransfer(request)) this.transfers.start(request);
    else this.begin(request);
    return PENDING;
  }

  cancel(request: Request): void {
    if (!request.inFlight || request.cancelled) return;
    request.cancelled = true;
    const line = this.lines[request.fd];
    if (isForThreads(request.kind)) this.threads.cancel(request);
    else if (isTransfer(request)) this.transfers.cancel(request);
    else if (line?.reader === request) {
      line.reader = null;
      this.queue.delete(line);
      this.kept.delete(line);
      this.books.note(request, -ECANCELED, null, false);
    }
    // A write in progress says so itself, at its time-out.
    else if (line?.write === null || line?.writers[0] !== request) this.cancelWrite(request, line);
  }

  /** Of {@link Notes}: a thread of ours has returned from a call. */
  note(request: Request, result: number, data: Buffer | null, more: boolean): void {
    const line = this.lines[request.fd];
    // What else threads make is in nobody's queue.
    if (line?.writers[0] === request) {
      this.lentCount--;
      this.settleWrite(line, result);
    } else this.books.note(request, result, data, more);
  }

  flush(): void {
    // The C library's threads have it already.
  }

  reap(): Completions {
    this.threads.collect();
    this.transfers.collect();
    for (const line of this.kept) this.tellKept(line);
    for (const line of this.reading) {
      const result = line.read!.outcome();
      if (result !== PENDING) this.readReturned(line, result);
    }
    for (const line of this.writing) {
      const result = line.write!.outcome();
      if (result !== PENDING) this.writeReturned(line, result);
    }
    this.beginQueued();
    return this.books.reap();
  }

  rest(): boolean {
    return this.books.waiting === 0 && this.kept.size === 0 && this.threads.rest();
  }

  wake(reset: boolean): void {
    this.threads.wake(reset);
    if (reset) this.signal.read();
  }

  statistics(): DriverStatistics {
    return this.books.statistics(
      this.calls + this.threads.systemCalls + this.transfers.calls + this.epoll.calls,
    );
  }

  close(): void {
    this.threads.close();
    this.books.close();
    // The memory of what is still in progress stays the kernel's.
    for (const call of this.freeCalls) call.free();
    this.signal.close();
    keepAfterEnvironment(this.descriptor);
    this.epoll.close();
    for (const line of this.lines) {
      if (!line || line.writeFd < 0) continue;
      disownDescriptor(line.writeFd);
      syscalls.close(line.writeFd);
    }
  }

  private begin(request: Request): void {
    const line = this.lineFor(request.fd);
    if (typeof line === "number") this.books.note(request, line, null, false);
    else if (request.kind === RECEIVE) {
      line.reader = request;
      if (line.kept) this.kept.add(line);
      else this.beginRead(line);
    } else {
      if (line.writers.push(request) === 1) this.beginWrite(line, WRITE_MS_MIN);
    }
  }

  /** The socket's entry, or -errno if it is no socket: aio would read a file instead. */
  private lineFor(fd: number): Line | number {
    if (fd >= 0 && this.lines[fd]) return this.lines[fd];
    this.calls++;
    const type = socketType(fd);
    if (type < 0) return type;
    const line = new Line(fd);
    this.lines[fd] = line;
    return line;
  }

  // Reading

  private beginRead(line: Line): void {
    if (line.read) return;
    if (this.reading.size >= AIO_READS_MAX) {
      this.queue.add(line);
      this.warn();
      return;
    }
    const call = this.freeCalls.pop() ?? new AioCall();
    this.calls++;
    const result = call.read(line.fd, AioCall.capacityBytes, 0);
    if (result === 0) {
      line.read = call;
      this.reading.add(line);
    } else {
      this.freeCalls.push(call);
      this.endRead(line, result);
    }
  }

  private beginQueued(): void {
    for (const line of this.queue) {
      if (this.reading.size >= AIO_READS_MAX) return;
      this.queue.delete(line);
      if (line.reader) this.beginRead(line);
    }
  }

  private readReturned(line: Line, result: number): void {
    const call = line.read!;
    const data = result > 0 ? this.pool.copy(call.received(result)) : null;
    line.read = null;
    this.reading.delete(line);
    this.freeCalls.push(call);
    if (line.reader === null) {
      line.kept = { result, data };
      if (line.closer) this.finishClose(line);
    } else if (data) {
      this.books.note(line.reader, result, data, true);
      // Behind those that wait, if any do.
      if (this.queue.size > 0) this.queue.add(line);
      else this.beginRead(line);
    } else this.endRead(line, result);
  }

  private tellKept(line: Line): void {
    const { kept, reader } = line;
    this.kept.delete(line);
    if (!kept || !reader) return;
    line.kept = null;
    if (kept.data) {
      this.books.note(reader, kept.result, kept.data, true);
      this.beginRead(line);
    } else this.endRead(line, kept.result);
  }

  private endRead(line: Line, result: number): void {
    const reader = line.reader!;
    line.reader = null;
    this.books.note(reader, result, null, false);
  }

  // Writing

  private beginWrite(line: Line, limitMs: number): void {
    if (line.writeFd < 0) {
      this.calls++;
      line.writeFd = syscalls.fcntl(line.fd, F_DUPFD_CLOEXEC, 0);
      if (line.writeFd < 0) {
        // No descriptor is left: a thread of ours writes, which needs none.
        this.threads.start(line.writers.shift()!);
        return;
      }
      ownDescriptor(line.writeFd);
    }
    const call = this.freeCalls.pop() ?? new AioCall();
    if (line.writeMs !== limitMs) this.limitWrite(line, limitMs);
    this.calls++;
    const result = call.write(line.writeFd, line.writers[0]!.data!, 0);
    if (result === 0) {
      line.write = call;
      this.writing.add(line);
    } else {
      this.freeCalls.push(call);
      this.endWrite(line, result);
    }
  }

  private writeReturned(line: Line, result: number): void {
    this.freeCalls.push(line.write!);
    line.write = null;
    this.writing.delete(line);
    this.settleWrite(line, result);
  }

  private settleWrite(line: Line, result: number): void {
    if (result !== -EAGAIN) this.endWrite(line, result);
    else if (line.writers[0]!.cancelled) this.endWrite(line, -ECANCELED);
    else if (line.writeMs < WRITE_MS_MAX || this.lentCount >= LENT_MAX)
      this.beginWrite(line, Math.min(WRITE_MS_MAX, Math.max(WRITE_MS_MIN, 2 * line.writeMs)));
    else this.lendWrite(line);
  }

  /** Has a thread of ours go on, which nobody need look after. */
  private lendWrite(line: Line): void {
    this.limitWrite(line, ENDLESS);
    this.lentCount++;
    this.threads.start(line.writers[0]!);
  }

  /** Of one that is not the C library's. */
  private cancelWrite(request: Request, line: Line | undefined): void {
    const at = line?.writers.indexOf(request) ?? -1;
    if (at > 0) {
      line!.writers.splice(at, 1);
      this.books.note(request, -ECANCELED, null, false);
    } else this.threads.cancel(request);
  }

  private limitWrite(line: Line, limitMs: number): void {
    line.writeMs = limitMs;
    this.option[0] = Math.floor(limitMs / 1000);
    this.option[2] = (limitMs % 1000) * 1000;
    this.calls++;
    syscalls.setsockopt(line.fd, SOL_SOCKET, SO_SNDTIMEO, this.optionAddress, 16);
  }

  private endWrite(line: Line, result: number): void {
    this.books.note(line.writers.shift()!, result, null, false);
    if (line.writers.length > 0) this.beginWrite(line, WRITE_MS_MIN);
  }

  // Closing

  private closeDescriptor(request: Request): number {
    const line = request.fd < 0 ? undefined : this.lines[request.fd];
    if (line?.read) {
      // The one way to end a read that has begun.
      line.closer = request;
      this.calls++;
      syscalls.shutdown(line.fd, SHUT_RDWR);
      return PENDING;
    }
    return this.books.answer(request, this.release(request.fd, line));
  }

  private closeFile(request: Request): void {
    this.transfers.forget(request.fd);
    this.threads.start(request);
  }

  private finishClose(line: Line): void {
    this.books.note(line.closer!, this.release(line.fd, line), null, false);
  }

  private release(fd: number, line: Line | undefined): number {
    this.transfers.forget(fd);
    if (line) {
      this.lines[fd] = undefined;
      this.kept.delete(line);
      // Data that was not read resets the connection, as it does where nobody has fetched it from the kernel.
      if (line.kept?.data) {
        this.option[0] = 1;
        this.option[1] = 0;
        syscalls.setsockopt(fd, SOL_SOCKET, SO_LINGER, this.optionAddress, 8);
      }
      if (line.writeFd >= 0) {
        this.calls++;
        disownDescriptor(line.writeFd);
        syscalls.close(line.writeFd);
      }
    }
    this.calls++;
    return syscalls.close(fd);
  }

  private warn(): void {
    if (this.warned) return;
    this.warned = true;
    process.emitWarning(
      `POSIX aio has ${AIO_READS_MAX} reads in progress, which is its bound here: further ones wait until some have ended. ` +
        "Choose a model that needs no thread for each read, such as io_uring or epoll",
      { code: "PENTIO_AIO_BOUND" },
    );
  }
}

function isForThreads(kind: RequestKind): boolean {
  return kind === ACCEPT || kind === CONNECT || kind === CALL;
}
