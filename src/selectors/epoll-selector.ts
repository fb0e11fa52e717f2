import {
  disownDescriptor,
  EBADF,
  ENOENT,
  EPERM,
  EPOLLIN,
  EPOLLOUT,
  ownDescriptor,
  systemError,
} from "../sys/index.ts";
import { Epoll } from "./epoll.ts";
import { Selector } from "./selector.ts";
import { EVENT_READ, EVENT_WRITE, type FileObject, readiness, type SelectorKey } from "./selector-key.ts";

const remedies: ReadonlyMap<number, string> = new Map([
  [
    -EPERM,
    "epoll does not watch regular files and folders: use PollSelector, to which they are always ready",
  ],
  [-EBADF, "the descriptor is not open"],
  [-ENOENT, "the descriptor was closed and reused; it is unregistered now, and can be registered again"],
]);

/**
 * A {@link Selector} by epoll(7): any descriptors; a wait costs by how many are ready. Regular files are refused with EPERM.
 * It has a descriptor of its own, which is readable while something is ready, and so can be registered with another
 * selector.
 *
 * A registered descriptor that is closed is just never ready again, unless a duplicate of it lives on: then the kernel goes
 * on watching under the old number, and `select()` may return early with nothing. Should the number come to name that file
 * again, registering it works, where Python says EEXIST.
 */
export class EpollSelector<D = unknown, F extends FileObject = FileObject> extends Selector<D, F> {
  private readonly epoll = new Epoll();
  private closed = false;

  constructor() {
    super();
    ownDescriptor(this.epoll.fd);
  }

  /** The descriptor of the epoll instance, or -1 once the selector is closed. */
  get fd(): number {
    return this.closed ? -1 : this.epoll.fd;
  }

  /** The descriptor of the epoll instance. @throws ERR_SELECTOR_CLOSED */
  fileno(): number {
    this.checkOpen();
    return this.epoll.fd;
  }

  override close(): void {
    super.close();
    if (this.closed) return;
    this.closed = true;
    disownDescriptor(this.epoll.fd);
    this.epoll.close();
  }

  /** @internal */
  protected override watch(fd: number, events: number): void {
    check(this.epoll.add(fd, epollEvents(events)));
  }

  /** @internal */
  protected override change(fd: number, events: number): void {
    check(this.epoll.modify(fd, epollEvents(events)));
  }

  /** @internal */
  protected override forget(fd: number): void {
    // An error says that the descriptor was closed, and with that the kernel forgot it by itself.
    this.epoll.remove(fd);
  }

  /** @internal */
  protected override wait(timeoutMs: number): number {
    this.epoll.reserve(this.getMap()!.size);
    return this.epoll.wait(Math.ceil(timeoutMs));
  }

  /** @internal */
  protected override collect(count: number): [SelectorKey<D, F>, number][] {
    const ready: [SelectorKey<D, F>, number][] = [];
    for (let i = 0; i < count; i++) {
      const key = this.keyOf(this.epoll.fdAt(i));
      if (key) ready.push([key, key.events & readiness(this.epoll.eventsAt(i), EPOLLIN, EPOLLOUT)]);
    }
    return ready;
  }
}

function epollEvents(events: number): number {
  return (events & EVENT_READ ? EPOLLIN : 0) | (events & EVENT_WRITE ? EPOLLOUT : 0);
}

function check(result: number): void {
  if (result < 0) throw systemError(result, "epoll_ctl", { remedy: remedies.get(result) });
}
