import {
  addressOf,
  EEXIST,
  EINTR,
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLL_DATA_WORD,
  EPOLL_EVENT_WORDS,
  syscalls,
  systemError,
} from "../sys/index.ts";

/**
 * Events that one call fetches by default: what they touch should stay in the processor's cache. More come with the next
 * call.
 */
const EVENTS_MAX = 128;

/** An epoll(7) instance and the pinned memory that its calls read and write. */
export class Epoll {
  readonly fd: number;
  /** epoll_ctl and epoll_wait calls so far. */
  calls = 0;
  private readonly event = new Uint32Array(Buffer.allocUnsafeSlow(EPOLL_EVENT_WORDS * 4).fill(0).buffer);
  private readonly eventAddress = addressOf(this.event);
  private events!: Uint32Array;
  private eventsAddress = 0;
  private eventsMax = 0;

  constructor() {
    this.fd = syscalls.epollCreate(EPOLL_CLOEXEC);
    if (this.fd < 0) throw systemError(this.fd, "epoll_create1");
    this.reserve(EVENTS_MAX);
  }

  /** Lets one call fetch at least this many events. What the last one has fetched is lost. */
  reserve(events: number): void {
    if (events <= this.eventsMax) return;
    this.eventsMax = Math.max(events, 2 * this.eventsMax);
    this.events = new Uint32Array(Buffer.allocUnsafeSlow(this.eventsMax * EPOLL_EVENT_WORDS * 4).buffer);
    this.eventsAddress = addressOf(this.events);
  }

  /** Watches a descriptor for EPOLL bits. @returns 0 or -errno */
  add(fd: number, events: number): number {
    const result = this.control(EPOLL_CTL_ADD, fd, events);
    // A forked child that has yet to exec keeps the closed descriptor's registration under this number alive.
    return result === -EEXIST ? this.control(EPOLL_CTL_MOD, fd, events) : result;
  }

  /** Changes what a watched descriptor is watched for. @returns 0 or -errno */
  modify(fd: number, events: number): number {
    return this.control(EPOLL_CTL_MOD, fd, events);
  }

  /** Stops watching a descriptor. @returns 0 or -errno */
  remove(fd: number): number {
    return this.control(EPOLL_CTL_DEL, fd, 0);
  }

  /**
   * Waits for events, or with a timeout of 0 only fetches what is there.
   *
   * @param timeoutMs whole milliseconds; -1 waits without end
   * @returns how many, to be read by {@link fdAt} and {@link eventsAt}, or -EINTR
   */
  wait(timeoutMs: number): number {
    this.calls++;
    const count = syscalls.epollWait(this.fd, this.eventsAddress, this.eventsMax, timeoutMs);
    if (count >= 0 || count === -EINTR) return count;
    throw systemError(count, "epoll_wait");
  }

  fdAt(index: number): number {
    return this.events[index * EPOLL_EVENT_WORDS + EPOLL_DATA_WORD]!;
  }

  eventsAt(index: number): number {
    return this.events[index * EPOLL_EVENT_WORDS]!;
  }

  close(): void {
    syscalls.close(this.fd);
  }

  private control(operation: number, fd: number, events: number): number {
    this.calls++;
    this.event[0] = events;
    this.event[EPOLL_DATA_WORD] = fd;
    return syscalls.epollCtl(this.fd, operation, fd, this.eventAddress);
  }
}
