import { EFD_CLOEXEC, EFD_NONBLOCK } from "./constants.ts";
import { systemError } from "./errno.ts";
import { addressOf } from "./ffi.ts";
import { disownDescriptor, NodeWatcher, ownDescriptor } from "./node-loop.ts";
import * as syscalls from "./syscalls.ts";

const count = Buffer.allocUnsafeSlow(8);
const countAddress = addressOf(count);

/** What another thread rings and this thread's loop hears: an eventfd, for a message would cost 1.5 µs more. */
export class Bell {
  /** To write a number to. It is closed with the thread, however that ends. */
  readonly fd: number;
  private readonly watcher: NodeWatcher;
  private isOpen = true;

  /** @param rung called in a turn of Node's loop; it does not keep the process alive until {@link ref} */
  constructor(rung: () => void) {
    this.fd = syscalls.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (this.fd < 0) throw systemError(this.fd, "eventfd");
    ownDescriptor(this.fd);
    this.watcher = new NodeWatcher(this.fd, true, () => {
      // It counts up without end where each ring is told once, and has to be read where it is told until then.
      if (!this.watcher.isEdgeTriggered) syscalls.eventfdRead(this.fd, countAddress);
      rung();
    });
    this.watcher.enable(true);
  }

  ref(): void {
    if (this.isOpen) this.watcher.ref();
  }

  unref(): void {
    if (this.isOpen) this.watcher.unref();
  }

  /** Nobody may ring any more, for the descriptor may be another's then. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.watcher.close();
    disownDescriptor(this.fd);
    syscalls.close(this.fd);
  }
}
