import { Epoll } from "../../selectors/index.ts";
import {
  addressOf,
  closeWithEnvironment,
  EAGAIN,
  ECANCELED,
  EINPROGRESS,
  EINTR,
  ENOTSOCK,
  EPERM,
  EPOLLERR,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDHUP,
  keepAfterEnvironment,
  MSG_NOSIGNAL,
  SLAB_BYTES,
  SlabPool,
  SO_ERROR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOL_SOCKET,
  syscalls,
} from "../../sys/index.ts";
import { Completions } from "../completions.ts";
import { type Driver, type DriverStatistics, PENDING } from "../driver.ts";
import { ACCEPT, CLOSE, CONNECT, pinnedAddress, type Request, SEND } from "../request.ts";

/** What is asked of every watched descriptor; EPOLLOUT joins once a send had to wait. */
const READ_EVENTS = EPOLLIN | EPOLLRDHUP | EPOLLET;
const HANGUP_EVENTS = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

/** A message is read where at least this much of a slab is left. */
const READ_BYTES_MIN = 4096;

/** Connections taken from one listener before others have their turn. */
const ACCEPTS_MAX = 64;

/** A descriptor that epoll watches, edge-triggered, and what is known of its readiness. */
class Watched {
  readonly fd: number;
  /** The events asked for. */
  events = READ_EVENTS;
  reader: Request | null = null;
  writer: Request | null = null;
  /** Whether reading may succeed: nothing has said EAGAIN since the last event. */
  readable = false;
  /** The peer's end or an error is in: a short read does not mean that there is no more. */
  hungUp = false;
  /** It is in the list of those to be read again. */
  queued = false;

  constructor(fd: number) {
    this.fd = fd;
  }
}

/**
 * The multiplexing model by epoll(7): one system call tells which of many descriptors are ready, and calls that do not
 * block do the copying. A call is tried first; only where it says EAGAIN does the request wait for readiness.
 */
export class EpollDriver implements Driver {
  readonly model = "epoll";
  readonly descriptor: number;
  readonly wakesOnEdges = false;
  readonly socketFlags = SOCK_CLOEXEC | SOCK_NONBLOCK;

  private readonly epoll = new Epoll();
  private readonly pool = new SlabPool();
  /** By descriptor. */
  private readonly watched: (Watched | undefined)[] = [];
  /** Descriptors that have more to read than one turn takes from each. */
  private again: Watched[] = [];
  private completions = new Completions();
  private delivering = new Completions();

  /** For getsockopt(2): an int and its length. */
  private readonly option = new Int32Array(Buffer.allocUnsafeSlow(8).buffer);
  private readonly optionAddress = addressOf(this.option);
  private inFlight = 0;
  private submitted = 0;
  private completed = 0;
  private calls = 0;

  constructor() {
    this.descriptor = this.epoll.fd;
    closeWithEnvironment(this.descriptor);
  }

  submit(request: Request): number {
    request.slot = 0;
    request.cancelled = false;
    this.inFlight++;
    this.submitted++;
    const result = this.start(request);
    if (result === PENDING) return PENDING;
    this.inFlight--;
    this.completed++;
    request.slot = -1;
    request.data = null;
    return result;
  }

  cancel(request: Request): void {
    if (!request.inFlight || request.cancelled) return;
    request.cancelled = true;
    const watched = this.watched[request.fd];
    if (watched?.reader === request) watched.reader = null;
    else if (watched?.writer === request) watched.writer = null;
    // Neither: it has completed already, and says so at the next reap.
    else return;
    this.finish(request, -ECANCELED);
  }

  flush(): void {
    // Calls are made as they are submitted; there is nothing to batch.
  }

  reap(): Completions {
    if (this.again.length > 0) this.readAgain();
    const count = this.epoll.wait(0);
    for (let i = 0; i < count; i++) {
      const watched = this.watched[this.epoll.fdAt(i)];
      if (watched) this.becomeReady(watched, this.epoll.eventsAt(i));
    }
    const completions = this.completions;
    this.completed += completions.length;
    this.completions = this.delivering;
    this.delivering = completions;
    return completions;
  }

  rest(): boolean {
    return this.completions.length === 0 && this.again.length === 0;
  }

  wake(): void {
    // Nothing to reset: the descriptor is readable for as long as events wait.
  }

  statistics(): DriverStatistics {
    return {
      inFlight: this.inFlight,
      submitted: this.submitted,
      completed: this.completed,
      systemCalls: this.calls + this.epoll.calls,
    };
  }

  close(): void {
    for (const watched of this.watched) {
      if (watched?.reader) this.cancel(watched.reader);
      if (watched?.writer) this.cancel(watched.writer);
    }
    this.completions.discard();
    this.delivering.discard();
    keepAfterEnvironment(this.descriptor);
    this.epoll.close();
  }

  private start(request: Request): number {
    switch (request.kind) {
      case SEND:
        return this.trySend(request);
      case CONNECT:
        return this.startConnect(request);
      case CLOSE:
        return this.closeDescriptor(request);
      default:
        this.awaitReadable(request);
        return PENDING;
    }
  }

  private becomeReady(watched: Watched, events: number): void {
    const hungUp = (events & HANGUP_EVENTS) !== 0;
    if (hungUp) watched.hungUp = true;
    if (hungUp || (events & EPOLLIN) !== 0) {
      watched.readable = true;
      if (watched.reader) this.tryRead(watched, watched.reader, READ_BYTES_MIN);
    }
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) !== 0) {
      const { writer } = watched;
      watched.writer = null;
      if (writer) this.tryWrite(writer);
    }
  }

  private awaitReadable(request: Request): void {
    const watched = this.watch(request.fd);
    if (typeof watched === "number") {
      // epoll refuses regular files as not permitted; what the call itself says of them is that they are no sockets.
      this.finish(request, watched === -EPERM ? -ENOTSOCK : watched);
      return;
    }
    watched.reader = request;
    if (watched.readable) this.queueAgain(watched);
  }

  /** @returns PENDING, or -errno if epoll refuses */
  private awaitWritable(request: Request): number {
    const watched = this.watch(request.fd);
    if (typeof watched === "number") return watched;
    watched.writer = request;
    if ((watched.events & EPOLLOUT) !== 0) return PENDING;
    watched.events |= EPOLLOUT;
    // Modifying reports present readiness anew, so nothing is missed between EAGAIN and here.
    const result = this.epoll.modify(request.fd, watched.events);
    if (result >= 0) return PENDING;
    watched.writer = null;
    return result;
  }

  /** The descriptor's entry, or -errno if epoll refuses. */
  private watch(fd: number): Watched | number {
    const known = this.watched[fd];
    if (known) return known;
    const watched = new Watched(fd);
    const result = this.epoll.add(fd, watched.events);
    if (result < 0) return result;
    this.watched[fd] = watched;
    return watched;
  }

  private queueAgain(watched: Watched): void {
    if (watched.queued) return;
    watched.queued = true;
    this.again.push(watched);
  }

  private readAgain(): void {
    const again = this.again;
    this.again = [];
    for (const watched of again) {
      watched.queued = false;
      if (watched.reader && watched.readable) this.tryRead(watched, watched.reader, SLAB_BYTES);
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
      this.completions.push(request, result, pool.take(result), true);
      // A stream that gave less than there was room for is drained, epoll(7), unless its end is waiting behind.
      if (result === leftBytes || watched.hungUp) this.queueAgain(watched);
      else watched.readable = false;
    } else if (result === -EAGAIN) {
      watched.readable = false;
    } else if (result === -EINTR) {
      this.queueAgain(watched);
    } else {
      watched.reader = null;
      this.finish(request, result);
    }
  }

  private tryAccept(watched: Watched, request: Request): void {
    for (let i = 0; i < ACCEPTS_MAX; i++) {
      this.calls++;
      const result = syscalls.accept4(request.fd, this.socketFlags);
      if (result >= 0) {
        this.completions.push(request, result, null, true);
      } else if (result === -EAGAIN) {
        watched.readable = false;
        return;
      } else if (result !== -EINTR) {
        watched.reader = null;
        this.finish(request, result);
        return;
      }
    }
    this.queueAgain(watched);
  }

  private tryWrite(request: Request): void {
    const result = request.kind === CONNECT ? this.connectResult(request) : this.trySend(request);
    if (result !== PENDING) this.finish(request, result);
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
    return result === -EINPROGRESS || result === -EINTR ? this.awaitWritable(request) : result;
  }

  private connectResult(request: Request): number {
    this.option[1] = 4;
    this.calls++;
    const address = this.optionAddress;
    const result = syscalls.getsockopt(request.fd, SOL_SOCKET, SO_ERROR, address, address + 4);
    return result < 0 ? result : 0 - this.option[0]!;
  }

  private closeDescriptor(request: Request): number {
    // The kernel takes a closed descriptor off the watch by itself.
    this.watched[request.fd] = undefined;
    this.calls++;
    return syscalls.close(request.fd);
  }

  private finish(request: Request, result: number): void {
    this.inFlight--;
    this.completions.push(request, result, null, false);
  }
}
