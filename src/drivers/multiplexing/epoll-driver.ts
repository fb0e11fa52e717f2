import { Epoll } from "../../selectors/index.ts";
import {
  closeWithEnvironment,
  ENOTSOCK,
  EPERM,
  EPOLLERR,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDHUP,
  keepAfterEnvironment,
} from "../../sys/index.ts";
import type { CallThreadsOptions } from "../call-threads.ts";
import { ReadinessDriver, type Watched } from "../readiness-driver.ts";

/** What is asked of every watched descriptor; EPOLLOUT joins once a send had to wait. */
const READ_EVENTS = EPOLLIN | EPOLLRDHUP | EPOLLET;
const HANGUP_EVENTS = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

/**
 * The multiplexing model by epoll(7), edge-triggered: one system call tells which of many descriptors have become ready,
 * at a cost that does not grow with those that have not. epoll refuses regular files: they go to a pool of threads.
 */
export class EpollDriver extends ReadinessDriver {
  override readonly model = "epoll";
  override readonly descriptor: number;
  private readonly epoll = new Epoll();

  /** @param fileOptions the threads for files */
  constructor(fileOptions?: CallThreadsOptions) {
    super(fileOptions);
    this.descriptor = this.epoll.fd;
    closeWithEnvironment(this.descriptor);
  }

  protected override get waitingCalls(): number {
    return this.epoll.calls;
  }

  override close(): void {
    super.close();
    keepAfterEnvironment(this.descriptor);
    this.epoll.close();
  }

  protected override watch(watched: Watched): number {
    watched.events = READ_EVENTS;
    const result = this.epoll.add(watched.fd, READ_EVENTS);
    // epoll refuses regular files as not permitted; what the calls themselves say of them is that they are no sockets.
    return result === -EPERM ? -ENOTSOCK : result;
  }

  protected override waitsFor(watched: Watched): number {
    if (watched.writer === null || (watched.events & EPOLLOUT) !== 0) return 0;
    watched.events |= EPOLLOUT;
    // Modifying reports present readiness anew, so nothing is missed since the call that said EAGAIN.
    return this.epoll.modify(watched.fd, watched.events);
  }

  protected override forget(): void {
    // The kernel takes a closed descriptor off the watch by itself.
  }

  protected override watchBell(fd: number): number {
    // Edges: nobody has to read it.
    return this.epoll.add(fd, EPOLLIN | EPOLLET);
  }

  protected override fetch(): void {
    const count = this.epoll.wait(0);
    for (let i = 0; i < count; i++) {
      const watched = this.watchedAt(this.epoll.fdAt(i));
      if (!watched) continue;
      const events = this.epoll.eventsAt(i);
      const hungUp = (events & HANGUP_EVENTS) !== 0;
      if (hungUp) watched.hungUp = true;
      const writable = (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) !== 0;
      this.becomeReady(watched, hungUp || (events & EPOLLIN) !== 0, writable);
    }
  }
}
