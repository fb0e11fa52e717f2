import { addressOf, type Mapping, map, syscalls, systemError, unmap } from "../sys/index.ts";
import { IORING_REGISTER_PBUF_RING, IORING_UNREGISTER_PBUF_RING } from "./constants.ts";
import type { Ring } from "./ring.ts";

/** `struct io_uring_buf` is 16 bytes: address, length, buffer id; the first one's last two bytes are the tail. */
const BUFFER_WORDS = 4;
const TAIL_HALFWORD = 7;
const TWO_TO_32 = 4294967296;

/**
 * A ring of buffers that the kernel picks from when data arrives (io_uring_register_buf_ring(3), Linux 5.19), so that
 * a connection that waits needs none.
 */
export class BufferRing {
  private readonly ring: Ring;
  private readonly group: number;
  private readonly memory: Mapping;
  private readonly words: Int32Array;
  private readonly halfwords: Uint16Array;
  private readonly mask: number;
  private tail = 0;

  /**
   * @param entries a power of two up to 32768
   * @param group the number by which submissions name this ring
   * @param flags IOU_PBUF_RING_ flags
   * @throws EINVAL if the kernel knows no such ring or flag
   */
  constructor(ring: Ring, group: number, entries: number, flags = 0) {
    this.ring = ring;
    this.group = group;
    this.mask = entries - 1;
    this.memory = map(entries * BUFFER_WORDS * 4);
    this.words = new Int32Array(this.memory.buffer);
    this.halfwords = new Uint16Array(this.memory.buffer);
    const registration = this.registration();
    registration.setUint32(8, entries, true);
    registration.setUint16(14, flags, true);
    const result = syscalls.ioUringRegister(ring.fd, IORING_REGISTER_PBUF_RING, addressOf(registration), 1);
    if (result < 0) {
      unmap(this.memory);
      throw systemError(result, "io_uring_register");
    }
  }

  /** Puts a buffer at the end of the ring; {@link publish} shows it to the kernel. */
  add(address: number, lengthBytes: number, id: number): void {
    const at = (this.tail & this.mask) * BUFFER_WORDS;
    this.words[at] = address | 0;
    this.words[at + 1] = (address / TWO_TO_32) | 0;
    this.words[at + 2] = lengthBytes;
    this.halfwords[2 * at + 6] = id;
    this.tail = (this.tail + 1) & 0xffff;
  }

  /** Makes the buffers added so far the kernel's. */
  publish(): void {
    // Release: the kernel sees the buffers before it sees the new tail.
    Atomics.store(this.halfwords, TAIL_HALFWORD, this.tail);
  }

  /** Unregisters the ring; no request that could pick from it may be in flight. */
  close(): void {
    syscalls.ioUringRegister(this.ring.fd, IORING_UNREGISTER_PBUF_RING, addressOf(this.registration()), 1);
    unmap(this.memory);
  }

  /** `struct io_uring_buf_reg`, with the fields that both registering and unregistering read. */
  private registration(): DataView {
    const view = new DataView(Buffer.allocUnsafeSlow(40).fill(0).buffer);
    view.setBigUint64(0, BigInt(this.memory.address), true);
    view.setUint16(12, this.group, true);
    return view;
  }
}
