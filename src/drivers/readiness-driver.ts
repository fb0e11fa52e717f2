import {
  EAGAIN,
  EALREADY,
  EBADF,
  ECANCELED,
  EINPROGRESS,
  EINTR,
  EISCONN,
  MSG_NOSIGNAL,
  RECEIVE_BYTES_MIN,
  SLAB_BYTES,
  SlabPool,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  type SystemError,
  socketType,
  syscalls,
} from "../sys/index.ts";
import { Books } from "./books.ts";
import { CallThreads, type CallThreadsOptions, FILE_THREADS_MAX } from "./call-threads.ts";
import type { Completions } from "./completions.ts";
import { type Driver, type DriverStatistics, type Model, PENDING } from "./driver.ts";
import {
  ACCEPT,
  CALL,
  CLOSE,
  CONNECT,
  isForFiles,
  pinnedAddress,
  READ,
  type Request,
  SEND,
  WRITE,
} from "./request.ts";

/** Connections taken from one listener before others have their turn. */
const ACCEPTS_MAX = 64;

/** A descriptor on which requests wait, or have waited, for readiness, and what is known of that. */
export class Watched {
  readonly fd: number;
  reader: Request | null = null;
  writer: Request | null = null;
  /** The model's: the events asked for. */
  events = 0;
  /** Whether reading may succeed although no further event says so. */
  readable = false;
  /** The same of writing. */
  writable = false;
  /** There may be more behind a short read, such as the peer's end, of which no further event tells. */
  hungUp = false;
  /** Whether it gives bytes without boundaries, once that was asked. */
  isStream: boolean | undefined = undefined;
  /** It is in the list of those to be tried again. */
  queued = false;

  constructor(fd: number) {
    this.fd = fd;
  }
}

/**
 * What the models have in common that tell when a descriptor is ready, or leave it to be tried: calls that do not block
 * do the copying. A call is tried first where it mostly succeeds; where it says EAGAIN, the request waits and is tried
 * again. How readiness is learnt is the model's own.
 *
 * Regular files have no readiness to wait for: poll(2) calls them always ready, epoll_ctl(2) refuses them (EPERM), O_ASYNC
 * sends nothing, and O_NONBLOCK is without effect, open(2): a read blocks for as long as the disk takes. So reading and
 * writing files goes to a small pool of threads, made with the first such request.
 */
export abstract class ReadinessDriver implements Driver {
  abstract readonly model: Model;
  readonly descriptor: number = -1;
  readonly wakesOnEdges = false;
  readonly socketFlags = SOCK_CLOEXEC | SOCK_NONBLOCK;
  readonly descriptorLimit: number = Number.POSITIVE_INFINITY;

  /** System calls so far. */
  protected calls = 0;
  private readonly pool = new SlabPool();
  /** By descriptor. */
  private readonly watched: (Watched | undefined)[] = [];
  /** Descriptors that have more to do than one turn does for each. */
  private again: Watched[] = [];
  protected readonly books = new Books();
  private readonly fileOptions: CallThreadsOptions;
  /** Threads for files, once one was asked for. */
  private files: CallThreads | null = null;

  constructor(fileOptions: CallThreadsOptions = {}) {
    this.fileOptions = { threadsMax: FILE_THREADS_MAX, ...fileOptions };
  }

  get isIdle(): boolean {
    return this.books.inFlight === 0;
  }

  submit(request: Request): number {
    this.books.enter(request);
    const result = this.start(request);
    return result === PENDING ? PENDING : this.books.answer(request, result);
  }

  cancel(request: Request): void {
    if (!request.inFlight || request.cancelled) return;
    request.cancelled = true;
    if (isForFiles(request)) {
      this.files?.cancel(request);
      return;
    }
    const watched = this.watched[request.fd];
    if (watched?.reader === request) watched.reader = null;
    else if (watched?.writer === request) watched.writer = null;
    // Neither: it has completed already, and says so at the next reap.
    else return;
    this.waitsFor(watched);
    this.finish(request, -ECANCELED);
  }

  flush(): void {
    // Calls are made as they are submitted; there is nothing to batch.
  }

  reap(): Completions {
    if (this.again.length > 0) this.tryAgain();
    this.files?.collect();
    this.fetch();
    return this.books.reap();
  }

  rest(): boolean {
    return this.books.waiting === 0 && this.again.length === 0 && (this.files === null || this.files.rest());
  }

  wake(): void {
    // Nothing to reset: what is watched is readable for as long as events wait, the bell until it was heard.
    this.files?.wake(false);
  }

  statistics(): DriverStatistics {
    return this.books.statistics(this.calls + this.waitingCalls + (this.files?.systemCalls ?? 0));
  }

  close(): void {
    for (const watched of this.watched) {
      if (watched?.reader) this.cancel(watched.reader);
      if (watched?.writer) this.cancel(watched.writer);
    }
    this.files?.close();
    this.books.close();
  }

  /** Begins to watch a descriptor. @returns 0, or -errno if the model cannot */
  protected abstract watch(watched: Watched): number;

  /** Who waits on the descriptor has changed: a reader or a writer has come or gone. @returns 0 or -errno */
  protected abstract waitsFor(watched: Watched): number;

  /** Ends watching a descriptor that is about to be closed. */
  protected abstract forget(watched: Watched): void;

  /** Has a descriptor, the bell of threads, end the driver's waiting when it becomes readable. @returns 0 or -errno */
  protected abstract watchBell(fd: number): number;

  /** Fetches what has become ready, without waiting, and tells it by {@link becomeReady}. */
  protected abstract fetch(): void;

  /** System calls so far of what the model learns of readiness by. */
  protected abstract readonly waitingCalls: number;

  protected watchedAt(fd: number): Watched | undefined {
    return this.watched[fd];
  }

  /** Every descriptor that is watched. */
  protected allWatched(): readonly (Watched | undefined)[] {
    return this.watched;
  }

  protected becomeReady(watched: Watched, readable: boolean, writable: boolean): void {
    if (readable) {
      watched.readable = true;
      if (watched.reader) this.tryRead(watched, watched.reader, RECEIVE_BYTES_MIN);
    }
    if (writable && watched.writer) this.tryWrite(watched, watched.writer);
  }

  /** Whether threads work on files. */
  protected get areFilesBusy(): boolean {
    return this.files?.isBusy ?? false;
  }

  /** Makes threads for files. */
  protected makeThreads(options: CallThreadsOptions): CallThreads {
    return new CallThreads(options, this.socketFlags, this.books);
  }

  /** A descriptor that nobody watches is readable: if it is the bell of threads, it has been heard. */
  protected heard(fd: number): void {
    if (fd !== this.files?.eventfd) return;
    this.calls++;
    this.files.wake(true);
  }

  /** Has a descriptor's requests tried at the next {@link reap}. */
  protected tryLater(watched: Watched): void {
    if (watched.queued) return;
    watched.queued = true;
    this.again.push(watched);
  }

  private start(request: Request): number {
    switch (request.kind) {
      case SEND:
        return this.trySend(request);
      case CONNECT:
        return this.startConnect(request);
      case CLOSE:
        // Where there are threads for files: one has opened it, if we have.
        return request.isFile && this.files ? this.startFile(request) : this.closeDescriptor(request);
      case READ:
      case WRITE:
      case CALL:
        return this.startFile(request);
      default:
        this.awaitReadable(request);
        return PENDING;
    }
  }

  /** @returns PENDING, or -errno if threads for files cannot be had */
  private startFile(request: Request): number {
    if (this.files === null) {
      const result = this.openFiles();
      if (result < 0) return result;
    }
    this.files!.start(request);
    return PENDING;
  }

  private openFiles(): number {
    try {
      const files = this.makeThreads(this.fileOptions);
      const result = this.watchBell(files.eventfd);
      if (result < 0) files.close();
      else this.files = files;
      return result;
    } catch (error) {
      return (error as SystemError).errno;
    }
  }

  private awaitReadable(request: Request): void {
    const watched = this.watchedFor(request.fd);
    if (typeof watched === "number") {
      this.finish(request, watched);
      return;
    }
    watched.reader = request;
    const result = this.waitsFor(watched);
    if (result < 0) {
      watched.reader = null;
      this.finish(request, result);
    } else if (watched.readable) this.tryLater(watched);
  }

  /** @returns PENDING, or -errno if the model cannot watch the descriptor */
  private awaitWritable(request: Request): number {
    const watched = this.watchedFor(request.fd);
    if (typeof watched === "number") return watched;
    if (watched.writer === request) return PENDING;
    watched.writer = request;
    const result = this.waitsFor(watched);
    if (result < 0) {
      watched.writer = null;
      return result;
    }
    if (watched.writable) this.tryLater(watched);
    return PENDING;
  }

  /** The descriptor's entry, or -errno if the model cannot watch it. */
  private watchedFor(fd: number): Watched | number {
    if (fd < 0) return -EBADF;
    const known = this.watched[fd];
    if (known) return known;
    const watched = new Watched(fd);
    const result = this.watch(watched);
    if (result < 0) return result;
    this.watched[fd] = watched;
    return watched;
  }

  private tryAgain(): void {
    const again = this.again;
    this.again = [];
    for (const watched of again) {
      watched.queued = false;
      if (watched.reader && watched.readable) this.tryRead(watched, watched.reader, SLAB_BYTES);
      if (watched.writer && watched.writable) {
        watched.writable = false;
        this.tryWrite(watched, watched.writer);
      }
    }
  }

  private tryRead(watched: Watched, request: Request, roomBytes: number): void {
    if (request.kind === ACCEPT) this.tryAccept(watched, request);
    else this.tryReceive(watched, request, roomBytes);
  }

  private tryReceive(watched: Watched, request: Request, roomBytes: number): void {
    const pool = this.pool;
    pool.reserve(roomBytes);
    const { leftBytes } = pool;
    this.calls++;
    const result = syscalls.recv(request.fd, pool.address, leftBytes, 0);
    if (result > 0) {
      this.books.note(request, result, pool.take(result), true);
      // A stream that gave less than there was room for is drained, epoll(7), unless its end is waiting behind.
      if (result === leftBytes || watched.hungUp || !this.isStream(watched)) this.tryLater(watched);
      else watched.readable = false;
    } else if (result === -EAGAIN) {
      watched.readable = false;
      watched.hungUp = false;
    } else if (result === -EINTR) {
      this.tryLater(watched);
    } else {
      this.endRead(watched, request, result);
    }
  }

  /** Whether a short read tells that a descriptor is drained; of datagrams each read gives one. */
  private isStream(watched: Watched): boolean {
    if (watched.isStream !== undefined) return watched.isStream;
    this.calls++;
    watched.isStream = socketType(watched.fd) === SOCK_STREAM;
    return watched.isStream;
  }

  private tryAccept(watched: Watched, request: Request): void {
    for (let i = 0; i < ACCEPTS_MAX; i++) {
      const result = this.accept(request.fd);
      if (result >= 0) {
        this.books.note(request, result, null, true);
      } else if (result === -EAGAIN) {
        watched.readable = false;
        return;
      } else if (result !== -EINTR) {
        this.endRead(watched, request, result);
        return;
      }
    }
    this.tryLater(watched);
  }

  /** accept4(2). @returns the connection's descriptor, or -errno */
  protected accept(fd: number): number {
    this.calls++;
    return syscalls.accept4(fd, this.socketFlags);
  }

  private tryWrite(watched: Watched, request: Request): void {
    const result = request.kind === CONNECT ? this.connectAgain(request) : this.trySend(request);
    if (result === PENDING) return;
    watched.writer = null;
    this.waitsFor(watched);
    this.finish(request, result);
  }

  private trySend(request: Request): number {
    const address = pinnedAddress(request, this.pool);
    const lengthBytes = request.data!.length;
    let result: number;
    do {
      this.calls++;
      result = syscalls.send(request.fd, address, lengthBytes, MSG_NOSIGNAL);
    } while (result === -EINTR);
    return result === -EAGAIN ? this.awaitWritable(request) : result;
  }

  private startConnect(request: Request): number {
    const address = pinnedAddress(request, this.pool);
    this.calls++;
    const result = syscalls.connect(request.fd, address, request.data!.length);
    // An interrupted connect goes on in the kernel like one in progress, connect(2).
    const goesOn = result === -EINPROGRESS || result === -EALREADY || result === -EINTR;
    return goesOn ? this.awaitWritable(request) : result;
  }

  /** A connect that is called again tells what became of the first call, connect(2). */
  private connectAgain(request: Request): number {
    const result = this.startConnect(request);
    return result === -EISCONN ? 0 : result;
  }

  private closeDescriptor(request: Request): number {
    const watched = request.fd < 0 ? undefined : this.watched[request.fd];
    if (watched) {
      this.watched[request.fd] = undefined;
      this.forget(watched);
    }
    this.calls++;
    return syscalls.close(request.fd);
  }

  private endRead(watched: Watched, request: Request, result: number): void {
    watched.reader = null;
    this.waitsFor(watched);
    this.finish(request, result);
  }

  private finish(request: Request, result: number): void {
    this.books.note(request, result, null, false);
  }
}
