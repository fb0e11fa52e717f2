import { addressOf, lockedMemoryLimit, setUint64, syscalls } from "../../sys/index.ts";
import { IORING_REGISTER_BUFFERS_UPDATE, IORING_REGISTER_BUFFERS2, type Ring } from "../../uring/index.ts";
import { type Request, UNKNOWN } from "../request.ts";
import { NONE, RingTable } from "./ring-table.ts";

/** Reads into the same memory, one after the other, after which registering it has paid for itself. */
const REPEATS_MIN = 128;

/** Memory that is registered at once: so many pieces, of so many bytes each and together. */
const BUFFERS_MAX = 64;
const BUFFER_BYTES_MAX = 64 * 1024;
const BYTES_MAX = 512 * 1024;

/** It is locked, and counts as such: for all processes of the user, whose rings need some, too. */
const LOCKED_SHARE_MAX = 1 / 16;

/** An update (`struct io_uring_rsrc_update2`) of 32 bytes, and behind it the `struct iovec` that it points to. */
const UPDATE_BYTES = 32;
const VECTOR = UPDATE_BYTES / 4;

/** What is known of memory when it is garbage. */
interface Registration {
  readonly index: number;
  readonly lengthBytes: number;
}

/**
 * Memory that the ring knows by an index of its own: looking up its pages costs the kernel an eighth of a read from the page
 * cache. What a program reads into over and over is registered by and by; nobody else notices.
 *
 * Registered are pages, not addresses. So it is memory that keeps its pages as long as it lives: none that can be resized. When
 * it is garbage its index is free again; until then nobody else has that index, whatever lies at its address by now.
 */
export class FixedBuffers {
  private readonly ring: Ring;
  private readonly table: RingTable;
  private readonly indices = new WeakMap<ArrayBufferLike, number>();
  private readonly garbage = new FinalizationRegistry<Registration>((registration) =>
    this.forget(registration),
  );
  private closed = false;
  /** How many may still be registered; null: nobody has asked yet. */
  private bytesLeft: number | null = null;
  private readonly update = new Uint32Array(Buffer.allocUnsafeSlow(UPDATE_BYTES + 16).fill(0).buffer);
  private readonly updateAddress = addressOf(this.update);

  constructor(ring: Ring) {
    this.ring = ring;
    this.table = new RingTable(ring, IORING_REGISTER_BUFFERS2, BUFFERS_MAX);
  }

  /** System calls so far. */
  get calls(): number {
    return this.table.calls;
  }

  /** @returns the index of a read's memory that is registered, or -1 */
  indexFor(request: Request, address: number): number {
    if (request.repeats < REPEATS_MIN) return NONE;
    if (request.registration === UNKNOWN) request.registration = this.find(request.data!, address);
    return request.registration;
  }

  /** The ring is about to be closed, and with it goes what it knows. */
  close(): void {
    this.closed = true;
  }

  private find(view: Uint8Array, address: number): number {
    const memory = view.buffer;
    let index = this.indices.get(memory);
    if (index !== undefined) return index;
    const lengthBytes = memory.byteLength;
    index = keepsItsPages(memory) ? this.register(address - view.byteOffset, lengthBytes) : NONE;
    this.indices.set(memory, index);
    if (index !== NONE) this.garbage.register(memory, { index, lengthBytes });
    return index;
  }

  private register(address: number, lengthBytes: number): number {
    this.bytesLeft ??= Math.min(BYTES_MAX, lockedMemoryLimit() * LOCKED_SHARE_MAX);
    if (lengthBytes > this.bytesLeft) return NONE;
    const index = this.table.add((free) => this.set(free, address, lengthBytes));
    if (index !== NONE) this.bytesLeft -= lengthBytes;
    return index;
  }

  private forget({ index, lengthBytes }: Registration): void {
    if (this.closed) return;
    this.table.remove(index, (it) => this.set(it, 0, 0));
    this.bytesLeft! += lengthBytes;
  }

  /** @returns 1, or -errno */
  private set(index: number, address: number, lengthBytes: number): number {
    const { update, updateAddress } = this;
    // Offset, reserved, address of vectors and, none, of tags, 64 bits each; count.
    update[0] = index;
    setUint64(update, 2, updateAddress + UPDATE_BYTES);
    update[6] = 1;
    setUint64(update, VECTOR, address);
    setUint64(update, VECTOR + 2, lengthBytes);
    return syscalls.ioUringRegister(
      this.ring.fd,
      IORING_REGISTER_BUFFERS_UPDATE,
      updateAddress,
      UPDATE_BYTES,
    );
  }
}

/** Resizing gives pages back, and takes others. */
function keepsItsPages(memory: ArrayBufferLike & { readonly resizable?: boolean }): boolean {
  return memory instanceof ArrayBuffer && memory.resizable !== true && memory.byteLength <= BUFFER_BYTES_MAX;
}
