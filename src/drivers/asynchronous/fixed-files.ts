import { addressOf, syscalls } from "../../sys/index.ts";
import { IORING_REGISTER_FILES_UPDATE, IORING_REGISTER_FILES2, type Ring } from "../../uring/index.ts";

/** Transfers after which registering a file, a system call, has paid for itself several times over. */
const TRANSFERS_MIN = 128;

/** Files that are registered at once. */
const FILES_MAX = 256;

const NONE = -1;

/**
 * Files that the ring knows by an index of its own: looking a descriptor up and counting its users costs the kernel a tenth of
 * a read from the page cache. A file that is read and written a lot is registered by and by; nobody else notices. Linux 5.19.
 */
export class FixedFiles {
  private readonly ring: Ring;
  /** By descriptor: how many transfers there were, and once it is registered its index, as -1 - index. */
  private readonly states: (number | undefined)[] = [];
  private readonly free: number[] = [];
  /** Whether the ring has its table; null: nobody has needed it yet. */
  private works: boolean | null = null;
  private readonly update = new Int32Array(Buffer.allocUnsafeSlow(24).fill(0).buffer);
  private readonly updateAddress = addressOf(this.update);
  /** System calls so far. */
  calls = 0;

  constructor(ring: Ring) {
    this.ring = ring;
  }

  /** Notes a transfer. @returns the index of a file that is registered, or -1 */
  indexFor(fd: number): number {
    const state = this.states[fd] ?? 0;
    if (state < 0) return -1 - state;
    if (state < TRANSFERS_MIN) {
      if (fd >= 0) this.states[fd] = state + 1;
      return NONE;
    }
    return this.register(fd);
  }

  /** The descriptor is about to be closed, which the file itself is only then when the ring has let go of it. */
  forget(fd: number): void {
    const state = this.states[fd];
    if (state === undefined) return;
    this.states[fd] = undefined;
    if (state >= 0) return;
    const index = -1 - state;
    this.set(index, NONE);
    this.free.push(index);
  }

  private register(fd: number): number {
    // Asked again after as many transfers, for others may have been closed by then.
    this.states[fd] = 0;
    this.works ??= this.makeTable();
    const index = this.free.pop();
    if (index === undefined) return NONE;
    if (this.set(index, fd) !== 1) {
      this.free.push(index);
      return NONE;
    }
    this.states[fd] = -1 - index;
    return index;
  }

  /** @returns 1, or -errno */
  private set(index: number, fd: number): number {
    // `struct io_uring_files_update`: offset, reserved, address of descriptors; the one follows directly.
    this.update[0] = index;
    new BigUint64Array(this.update.buffer)[1] = BigInt(this.updateAddress + 16);
    this.update[4] = fd;
    this.calls++;
    return syscalls.ioUringRegister(this.ring.fd, IORING_REGISTER_FILES_UPDATE, this.updateAddress, 1);
  }

  private makeTable(): boolean {
    this.calls++;
    const result = this.ring.registerTable(IORING_REGISTER_FILES2, FILES_MAX);
    for (let i = result < 0 ? 0 : FILES_MAX; i > 0; i--) this.free.push(i - 1);
    return result >= 0;
  }
}
