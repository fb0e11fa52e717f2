import {
  AF_UNIX,
  addressOf,
  closeWithEnvironment,
  keepAfterEnvironment,
  POLLERR,
  POLLHUP,
  POLLOUT,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  syscalls,
  systemError,
} from "../../sys/index.ts";
import { CallThreads, type CallThreadsOptions } from "../call-threads.ts";
import { ReadinessDriver, type Watched } from "../readiness-driver.ts";
import { SIGNALS_AT_ONCE, SignalQueue } from "./signal-queue.ts";

const WRITE_EVENTS = POLLOUT | POLLERR | POLLHUP;

/** Signals that one reap takes before others have their turn. */
const READS_MAX = 8;

/**
 * The signal-driven model: nobody waits. The kernel sends a queued real-time signal when a descriptor's readiness changes
 * (O_ASYNC, F_SETSIG), and calls that do not block do the copying. A signal is a hint: what it was sent for may be over,
 * or its descriptor's number be another's by now; the call that is tried tells. When the queue was full and signals were
 * lost (SIGIO), every descriptor is tried. Regular files send no signals: they go to a pool of threads.
 */
export class SignalDriver extends ReadinessDriver {
  override readonly model = "signal";
  override readonly descriptor: number;
  private readonly queue = new SignalQueue();
  /** The last reap has left signals in the queue. */
  private hasMore = false;
  /** What the threads for files ring; -1 while there are none. */
  private bell = -1;

  /** @param fileOptions the threads for files */
  constructor(fileOptions?: CallThreadsOptions) {
    super(fileOptions);
    this.descriptor = this.queue.fd;
    closeWithEnvironment(this.descriptor);
  }

  override rest(): boolean {
    return !this.hasMore && super.rest();
  }

  protected override get waitingCalls(): number {
    return this.queue.calls;
  }

  override close(): void {
    super.close();
    keepAfterEnvironment(this.descriptor);
    syscalls.close(this.descriptor);
  }

  protected override watch(watched: Watched): number {
    const result = this.queue.add(watched.fd);
    // Changes are told from now on; what was there before has to be tried.
    watched.readable = true;
    watched.writable = true;
    watched.hungUp = true;
    return result;
  }

  protected override waitsFor(): number {
    return 0;
  }

  protected override forget(): void {
    // A closed descriptor sends nothing; what it has sent is recognised by its call failing.
  }

  /** An eventfd sends no signals, a socket pair does. */
  protected override makeThreads(options: CallThreadsOptions): CallThreads {
    const ends = new Int32Array(Buffer.allocUnsafeSlow(8).buffer);
    this.calls++;
    const result = syscalls.socketpair(
      AF_UNIX,
      SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
      0,
      addressOf(ends),
    );
    if (result < 0) throw systemError(result, "socketpair");
    return new CallThreads(options, this.socketFlags, this.books, [ends[0]!, ends[1]!]);
  }

  protected override watchBell(fd: number): number {
    this.bell = fd;
    return this.queue.add(fd);
  }

  protected override fetch(): void {
    this.hasMore = true;
    for (let reads = 0; reads < READS_MAX && this.hasMore; reads++) {
      const count = this.queue.read();
      for (let i = 0; i < count; i++) {
        if (this.queue.isOverflow(i)) this.rescan();
        else this.told(this.queue.fdAt(i), this.queue.bandAt(i));
      }
      this.hasMore = count === SIGNALS_AT_ONCE;
    }
  }

  private told(fd: number, band: number): void {
    const watched = this.watchedAt(fd);
    if (!watched) {
      this.heard(fd);
      return;
    }
    this.becomeReady(watched, true, (band & WRITE_EVENTS) !== 0);
    // What was told, perhaps the end, lies behind data that is still to be read.
    if (watched.queued || !watched.reader) watched.hungUp = true;
  }

  private rescan(): void {
    this.heard(this.bell);
    for (const watched of this.allWatched()) {
      if (!watched) continue;
      // The end may stand behind the data, and its signal be among the lost ones.
      watched.hungUp = true;
      this.becomeReady(watched, true, true);
    }
  }
}
