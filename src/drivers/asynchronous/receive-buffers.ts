import { map, SLAB_BYTES, Slab, type SlabPool, unmap } from "../../sys/index.ts";
import { BufferRing, IOU_PBUF_RING_INC, type Ring } from "../../uring/index.ts";

/** The number of our buffer ring, by which requests name it. */
export const RECEIVE_GROUP = 0;

/** Where the kernel puts what it receives. */
export interface ReceiveBuffers {
  /**
   * The bytes of a completion.
   *
   * @param id the buffer that the kernel picked
   * @param partly whether the kernel goes on using it (IORING_CQE_F_BUF_MORE)
   */
  take(id: number, lengthBytes: number, partly: boolean): Buffer;
  /** Shows the kernel what has been given back since the last call. */
  publish(): void;
  close(): void;
}

/**
 * Slabs that the kernel fills from front to back, many messages to a slab (IOU_PBUF_RING_INC, Linux 6.12). Each
 * message is the program's for good, where the kernel wrote it: no copy, and nothing to give back. A slab that is full
 * is replaced by a new one.
 */
export class LentSlabs implements ReceiveBuffers {
  static readonly COUNT = 32;
  private readonly buffers: BufferRing;
  private readonly slabs: Slab[] = [];
  private readonly usedBytes = new Int32Array(LentSlabs.COUNT);
  private dirty = false;

  constructor(ring: Ring) {
    this.buffers = new BufferRing(ring, RECEIVE_GROUP, LentSlabs.COUNT, IOU_PBUF_RING_INC);
    for (let id = 0; id < LentSlabs.COUNT; id++) this.renew(id);
    this.publish();
  }

  take(id: number, lengthBytes: number, partly: boolean): Buffer {
    const start = this.usedBytes[id]!;
    const chunk = this.slabs[id]!.view(start, lengthBytes);
    if (partly) this.usedBytes[id] = start + lengthBytes;
    else this.renew(id);
    return chunk;
  }

  publish(): void {
    if (!this.dirty) return;
    this.dirty = false;
    this.buffers.publish();
  }

  close(): void {
    this.buffers.close();
  }

  private renew(id: number): void {
    const slab = new Slab();
    this.slabs[id] = slab;
    this.usedBytes[id] = 0;
    this.buffers.add(slab.address, SLAB_BYTES, id);
    this.dirty = true;
  }
}

/** For kernels before that: a buffer takes one message, which is copied out, and goes back at once. */
export class CopiedBuffers implements ReceiveBuffers {
  static readonly COUNT = 64;
  static readonly BUFFER_BYTES = 16 * 1024;
  private readonly buffers: BufferRing;
  private readonly memory = map(CopiedBuffers.COUNT * CopiedBuffers.BUFFER_BYTES);
  private readonly bytes = new Uint8Array(this.memory.buffer);
  private readonly pool: SlabPool;
  private dirty = false;

  constructor(ring: Ring, pool: SlabPool) {
    this.pool = pool;
    this.buffers = new BufferRing(ring, RECEIVE_GROUP, CopiedBuffers.COUNT);
    for (let id = 0; id < CopiedBuffers.COUNT; id++) this.giveBack(id);
    this.publish();
  }

  take(id: number, lengthBytes: number): Buffer {
    const start = id * CopiedBuffers.BUFFER_BYTES;
    const chunk = this.pool.copy(this.bytes.subarray(start, start + lengthBytes));
    this.giveBack(id);
    return chunk;
  }

  publish(): void {
    if (!this.dirty) return;
    this.dirty = false;
    this.buffers.publish();
  }

  close(): void {
    this.buffers.close();
    unmap(this.memory);
  }

  private giveBack(id: number): void {
    const address = this.memory.address + id * CopiedBuffers.BUFFER_BYTES;
    this.buffers.add(address, CopiedBuffers.BUFFER_BYTES, id);
    this.dirty = true;
  }
}
