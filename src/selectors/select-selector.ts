import { EBADF, EINTR, F_GETFL, syscalls, systemError } from "../sys/index.ts";
import { SelectSet } from "./select-set.ts";
import { Selector } from "./selector.ts";
import {
  checkEvents,
  descriptorOf,
  EVENT_READ,
  EVENT_WRITE,
  type FileObject,
  type SelectorKey,
} from "./selector-key.ts";

/**
 * A {@link Selector} by select(2): descriptors below 1024 only, for its sets have no room for others. Every wait costs by
 * the highest descriptor. Regular files can be watched, and are always ready. A registered descriptor that was closed makes
 * `select()` throw EBADF until it is unregistered.
 */
export class SelectSelector<D = unknown, F extends FileObject = FileObject> extends Selector<D, F> {
  private readonly set = new SelectSet();

  /** @internal */
  protected override watch(fd: number, events: number): void {
    this.ask(fd, events);
  }

  /** @internal */
  protected override change(fd: number, events: number, fileobj: FileObject): void {
    // In Python this is to register anew, and so fails for other events and for what is closed.
    checkEvents(events);
    descriptorOf(fileobj);
    this.ask(fd, events);
  }

  /** @internal */
  protected override forget(fd: number): void {
    this.set.set(fd, false, false);
  }

  /** @internal */
  protected override wait(timeoutMs: number): number {
    const count = this.set.wait(timeoutMs);
    if (count < 0 && count !== -EINTR) throw this.failure(count);
    return count;
  }

  /** @internal */
  protected override collect(): [SelectorKey<D, F>, number][] {
    const ready: [SelectorKey<D, F>, number][] = [];
    for (const key of this.registered()) {
      const events =
        (this.set.isReadable(key.fd) ? EVENT_READ : 0) | (this.set.isWritable(key.fd) ? EVENT_WRITE : 0);
      if (events !== 0) ready.push([key, events]);
    }
    return ready;
  }

  private ask(fd: number, events: number): void {
    this.set.set(fd, (events & EVENT_READ) !== 0, (events & EVENT_WRITE) !== 0);
  }

  private failure(result: number): Error {
    const closed = Array.from(this.registered(), ({ fd }) => fd).filter(
      (fd) => syscalls.fcntl(fd, F_GETFL, 0) === -EBADF,
    );
    const remedy = `closed while registered: ${closed.join(", ")}; unregister before closing`;
    return systemError(result, "select", closed.length > 0 ? { remedy } : {});
  }
}
