import { POLLIN, POLLOUT } from "../sys/index.ts";
import { PollSet } from "./poll-set.ts";
import { Selector } from "./selector.ts";
import { EVENT_READ, EVENT_WRITE, type FileObject, readiness, type SelectorKey } from "./selector-key.ts";

/**
 * A {@link Selector} by poll(2): any descriptors; every wait costs by how many are registered. Regular files can be
 * watched, and are always ready. So is a registered descriptor that was closed: reading or writing tells EBADF.
 */
export class PollSelector<D = unknown, F extends FileObject = FileObject> extends Selector<D, F> {
  private readonly set = new PollSet();

  /** @internal */
  protected override watch(fd: number, events: number): void {
    this.set.set(fd, (events & EVENT_READ ? POLLIN : 0) | (events & EVENT_WRITE ? POLLOUT : 0));
  }

  /** @internal */
  protected override change(fd: number, events: number): void {
    this.watch(fd, events);
  }

  /** @internal */
  protected override forget(fd: number): void {
    this.set.remove(fd);
  }

  /** @internal */
  protected override wait(timeoutMs: number): number {
    return this.set.wait(Math.ceil(timeoutMs));
  }

  /** @internal */
  protected override collect(count: number): [SelectorKey<D, F>, number][] {
    const ready: [SelectorKey<D, F>, number][] = [];
    for (let place = 0; ready.length < count; place++) {
      const events = this.set.readyAt(place);
      if (events === 0) continue;
      const key = this.keyOf(this.set.fdAt(place))!;
      ready.push([key, key.events & readiness(events, POLLIN, POLLOUT)]);
    }
    return ready;
  }
}
