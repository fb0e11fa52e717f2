import { addressOf, setUint64, syscalls } from "../../sys/index.ts";
import { IORING_REGISTER_FILES_UPDATE, IORING_REGISTER_FILES2, type Ring } from "../../uring/index.ts";
import { NONE, RingTable } from "./ring-table.ts";

/** Transfers after which registering a file, a system call, has paid for itself several times over. */
const TRANSFERS_MIN = 128;

/** Files that are registered at once. */
const FILES_MAX = 256;

/** In the place of a descriptor: none. */
const NO_FILE = -1;

/**
 * Files that the ring knows by an index of its own: looking a descriptor up and counting its users costs the kernel a tenth of
 * a read from the page cache. A file that is read and written a lot is registered by and by; nobody else notices.
 */
export class FixedFiles {
  private readonly ring: Ring;
  private readonly table: RingTable;
  /** By descriptor: how many transfers there were, and once it is registered its index, as -1 - index. */
  private readonly states: (number | undefined)[] = [];
  private readonly update = new Uint32Array(Buffer.allocUnsafeSlow(24).fill(0).buffer);
  private readonly updateAddress = addressOf(this.update);

  constructor(ring: Ring) {
    this.ring = ring;
    this.table = new RingTable(ring, IORING_REGISTER_FILES2, FILES_MAX);
  }

  /** System calls so far. */
  get calls(): number {
    return this.table.calls;
  }

  /** @returns the index of a file that is registered, or {@link NONE} */
  indexOf(fd: number): number {
    const state = this.states[fd] ?? 0;
    return state < 0 ? -1 - state : NONE;
  }

  /** Notes a transfer of a file that is not registered. */
  note(fd: number): void {
    const state = this.states[fd] ?? 0;
    if (state >= TRANSFERS_MIN) this.register(fd);
    else if (fd >= 0) this.states[fd] = state + 1;
  }

  /** The descriptor is about to be closed, which the file itself is only then when the ring has let go of it. */
  forget(fd: number): void {
    const state = this.states[fd];
    if (state === undefined) return;
    this.states[fd] = undefined;
    if (state < 0) this.table.remove(-1 - state, (index) => this.set(index, NO_FILE));
  }

  private register(fd: number): void {
    const index = this.table.add((free) => this.set(free, fd));
    // One that is not registered is tried again after as many transfers, for others may have been closed by then.
    this.states[fd] = index === NONE ? 0 : -1 - index;
  }

  /** @returns 1, or -errno */
  private set(index: number, fd: number): number {
    // `struct io_uring_files_update`: offset, reserved, address of descriptors; the one follows directly.
    this.update[0] = index;
    setUint64(this.update, 2, this.updateAddress + 16);
    this.update[4] = fd;
    return syscalls.ioUringRegister(this.ring.fd, IORING_REGISTER_FILES_UPDATE, this.updateAddress, 1);
  }
}
