import { EBADF, ESPIPE, syscalls } from "../sys/index.ts";

/**
 * Descriptors whose file has no positions: pipes, sockets, terminals. pread(2) refuses them (ESPIPE), but io_uring and aio
 * pass over the position, and read or write what comes next. Asking pread itself for no bytes costs a system call for each
 * descriptor, once.
 */
export class PositionlessDescriptors {
  /** System calls so far. */
  calls = 0;
  /** By descriptor, as far as it is known. */
  private readonly known: (boolean | undefined)[] = [];

  has(fd: number): boolean {
    if (fd < 0) return false;
    const known = this.known[fd];
    if (known !== undefined) return known;
    this.calls++;
    const result = syscalls.pread(fd, 0, 0, 0);
    const has = result === -ESPIPE;
    // A descriptor that is closed now may be another file's next.
    if (result !== -EBADF) this.known[fd] = has;
    return has;
  }

  /** The descriptor is closed; its number will be another's. */
  forget(fd: number): void {
    if (fd >= 0 && fd < this.known.length) this.known[fd] = undefined;
  }
}
