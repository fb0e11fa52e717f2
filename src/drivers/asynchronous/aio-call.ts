import {
  AIOCB_BYTES,
  AioControlBlock,
  EINPROGRESS,
  type Mapping,
  map,
  SLAB_BYTES,
  unmap,
} from "../../sys/index.ts";
import { PENDING } from "../driver.ts";

/** One aiocb and the memory of its call, which the C library's thread may touch until the call has returned. */
export class AioCall {
  /** Bytes that one call can carry. */
  static readonly capacityBytes = SLAB_BYTES;
  private readonly block: AioControlBlock;
  private readonly mapping: Mapping;
  private readonly address: number;
  private readonly bytes: Uint8Array;

  constructor() {
    // Mapped memory: a thread that is still blocked when all of JavaScript is gone must not write into what was freed.
    this.mapping = map(SLAB_BYTES + AIOCB_BYTES);
    // The data comes first, on a page's border, as O_DIRECT wants it, open(2).
    const { address, buffer } = this.mapping;
    this.block = new AioControlBlock(buffer, SLAB_BYTES, address + SLAB_BYTES);
    this.address = address;
    this.bytes = new Uint8Array(buffer, 0, SLAB_BYTES);
  }

  /** aio_read of as much as fits. @returns 0 or -errno */
  read(fd: number, lengthBytes: number, position: number): number {
    return this.block.read(fd, this.address, Math.min(SLAB_BYTES, lengthBytes), position);
  }

  /** aio_write of as much of the data as fits. @returns 0 or -errno */
  write(fd: number, data: Uint8Array, position: number): number {
    const lengthBytes = Math.min(SLAB_BYTES, data.length);
    // Of memory that was taken away while the write waited for its turn, subarray() throws.
    if (lengthBytes > 0) this.bytes.set(data.subarray(0, lengthBytes));
    return this.block.write(fd, this.address, lengthBytes, position);
  }

  /** What has become of it, once: the value or -errno. PENDING while it is in progress. */
  outcome(): number {
    const error = this.block.error();
    if (error === -EINPROGRESS) return PENDING;
    const value = this.block.result();
    return error < 0 ? error : value;
  }

  /** Asks for its end. One that a thread of the C library has begun ends by itself. */
  cancel(): void {
    this.block.cancel();
  }

  /** What a read has brought; valid until the next call. */
  received(lengthBytes: number): Uint8Array {
    return this.bytes.subarray(0, lengthBytes);
  }

  /** Gives the memory back. Nothing may be in progress. */
  free(): void {
    unmap(this.mapping);
  }
}
