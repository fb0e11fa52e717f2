import { SelectSet } from "../../selectors/index.ts";
import { EBADF, EMFILE, F_DUPFD_CLOEXEC, F_GETFL, FD_SETSIZE, syscalls } from "../../sys/index.ts";
import { ReadinessDriver, type Watched } from "../readiness-driver.ts";

/** How often threads for files are looked at while they work, where select cannot wait for them. */
const LOOK_MS = 1;

/**
 * The multiplexing model by select(2), the oldest: sets of descriptors as bits, copied in and out at each call. There is
 * room for descriptors below FD_SETSIZE (1,024); others are refused (EMFILE), for the call would write beyond its sets.
 * Regular files are always ready by it, and are not: they go to a pool of threads, whatever their numbers are.
 */
export class SelectDriver extends ReadinessDriver {
  override readonly model = "select";
  override readonly descriptorLimit = FD_SETSIZE;
  private readonly set = new SelectSet();
  /** Node's own descriptor, which is waited for beside ours. */
  private also = -1;
  /** The bell of the threads for files has no number below FD_SETSIZE, for all were taken. */
  private isBellBeyond = false;
  /** Bits that the last {@link wait} found, and that nobody has looked at yet. */
  private found = 0;

  /** select(2) has no descriptor of its own that others could wait for: it waits for theirs. */
  wait(also: number, timeoutMs: number): boolean {
    if (also !== this.also) {
      this.set.set(also, true, false);
      this.also = also;
    }
    const mustLook = this.isBellBeyond && this.areFilesBusy;
    const isLong = timeoutMs < 0 || timeoutMs > LOOK_MS;
    const count = this.select(mustLook && isLong ? LOOK_MS : timeoutMs);
    const isOurs = count > 1 || (count === 1 && !this.set.isReadable(also));
    this.found = isOurs ? count : 0;
    return isOurs || mustLook;
  }

  protected override get waitingCalls(): number {
    return this.set.calls;
  }

  protected override watch(watched: Watched): number {
    return watched.fd < FD_SETSIZE ? 0 : -EMFILE;
  }

  protected override waitsFor(watched: Watched): number {
    this.set.set(watched.fd, watched.reader !== null, watched.writer !== null);
    return 0;
  }

  protected override forget(watched: Watched): void {
    this.set.set(watched.fd, false, false);
  }

  protected override watchBell(fd: number): number {
    if (fd < FD_SETSIZE) this.set.set(fd, true, false);
    else this.isBellBeyond = true;
    return 0;
  }

  protected override fetch(): void {
    const found = this.found > 0 ? this.found : this.select(0);
    this.found = 0;
    for (let fd = this.set.limit - 1, left = found; left > 0 && fd >= 0; fd--) {
      const readable = this.set.isReadable(fd);
      const writable = this.set.isWritable(fd);
      if (readable) left--;
      if (writable) left--;
      const watched = readable || writable ? this.watchedAt(fd) : undefined;
      if (watched) this.becomeReady(watched, readable, writable);
      else if (readable) this.heard(fd);
    }
  }

  /** A connection that select cannot watch is not accepted: it waits in the kernel until lower descriptors are free. */
  protected override accept(fd: number): number {
    this.calls += 2;
    const next = syscalls.fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (next < 0) return next;
    syscalls.close(next);
    return next < FD_SETSIZE ? super.accept(fd) : -EMFILE;
  }

  private select(timeoutMs: number): number {
    const found = this.set.wait(timeoutMs);
    if (found === -EBADF) this.tryClosed();
    return Math.max(0, found);
  }

  /** One closed descriptor fails select for all: those have their calls tried, which tell that they are closed. */
  private tryClosed(): void {
    for (const watched of this.allWatched()) {
      if (!watched || (watched.reader === null && watched.writer === null)) continue;
      this.calls++;
      if (syscalls.fcntl(watched.fd, F_GETFL, 0) === -EBADF) this.becomeReady(watched, true, true);
    }
  }
}
