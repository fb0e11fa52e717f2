import { addressOf, knownAddress, pinInPlace, SLAB_BYTES, SlabPool } from "../sys/index.ts";
import { checkWhole, outOfRange } from "./errors.ts";

/** Memory for what calls take and give beside data: paths, `struct statx`. It is handed out once, and garbage-collected. */
const pool = new SlabPool();

/** Memory at a known address, with anything in it. */
export function room(lengthBytes: number): Buffer {
  if (lengthBytes > SLAB_BYTES) return Buffer.allocUnsafeSlow(lengthBytes);
  pool.reserve(lengthBytes);
  return pool.take(lengthBytes);
}

/** The address of a view's first byte, whose ArrayBuffer is pinned if it was not. */
export function addressFor(view: Uint8Array): number {
  const known = knownAddress(view);
  return known >= 0 ? known : pinInPlace(view);
}

/**
 * Memory for reading and writing past the page cache (O_DIRECT): its address is a multiple of `alignment`.
 *
 * @param lengthBytes for such reads a multiple of the file system's block, mostly 4096
 * @param alignment a power of two. Default 4096, which suits every common device
 * @throws ERR_OUT_OF_RANGE
 */
export function alignedBuffer(lengthBytes: number, alignment = 4096): Buffer {
  checkWhole(lengthBytes, "lengthBytes");
  if (!Number.isInteger(Math.log2(alignment))) {
    throw outOfRange(`alignment must be a power of two, not ${alignment}`);
  }
  const bytes = Buffer.allocUnsafeSlow(lengthBytes + alignment);
  const start = (alignment - (addressOf(bytes) % alignment)) % alignment;
  return bytes.subarray(start, start + lengthBytes);
}
