import { MADV_DONTFORK, MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from "./constants.ts";
import { systemError } from "./errno.ts";
import { addressOf, viewOf } from "./ffi.ts";
import { madvise, mmap, munmap } from "./syscalls.ts";

/** A piece of native memory: outside V8's heap, at one address until it is unmapped. */
export interface Mapping {
  readonly address: number;
  readonly lengthBytes: number;
  readonly buffer: ArrayBuffer;
}

/** Maps memory: private and anonymous, or what a descriptor offers at an offset. It is not inherited by fork. */
export function map(lengthBytes: number, flags = MAP_PRIVATE | MAP_ANONYMOUS, fd = -1, offset = 0): Mapping {
  const address = mmap(0, lengthBytes, PROT_READ | PROT_WRITE, flags, fd, offset);
  if (address < 0) throw systemError(address, "mmap");
  madvise(address, lengthBytes, MADV_DONTFORK);
  return { address, lengthBytes, buffer: viewOf(address, lengthBytes) };
}

/** Unmaps; every view of the memory must be gone, for touching one afterwards is a crash. */
export function unmap(mapping: Mapping): void {
  munmap(mapping.address, mapping.lengthBytes);
}

/** Size of a slab: a full TCP read fits, and a thousand small messages share one. */
export const SLAB_BYTES = 64 * 1024;

/** Views up to this length are copied rather than pinned where their address is not known yet. */
const COPY_BYTES_MAX = 4096;

/**
 * Node's class of buffers. It takes memory as it is, where `subarray()` and `Buffer.from()` ask for things out of compiled code
 * that are known here.
 */
const NodeBuffer = (Buffer as unknown as Record<symbol, unknown>)[Symbol.species] as new (
  memory: ArrayBufferLike,
  byteOffset: number,
  lengthBytes: number,
) => Buffer;

/** A getter of all typed arrays. Called as a function, it is not looked up in the many classes of views that meet here. */
function getterOf<T>(name: "buffer" | "byteOffset"): (this: Uint8Array) => T {
  return Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), name)!.get!;
}
const bufferOf = getterOf<ArrayBufferLike>("buffer");
const byteOffsetOf = getterOf<number>("byteOffset");

/** Base addresses of ArrayBuffers; an entry goes with its ArrayBuffer. */
const baseAddresses = new WeakMap<ArrayBufferLike, number>();

/**
 * Memory at a known address that is handed out once, from front to back, and never taken back: when the last view of
 * it is gone, the garbage collector frees it. So what a driver received may be kept by the program for as long as it
 * likes, without a copy and without starving anybody of buffers.
 */
export class Slab {
  readonly address: number;
  private readonly memory: ArrayBufferLike;

  constructor() {
    const bytes = Buffer.allocUnsafeSlow(SLAB_BYTES);
    this.address = addressOf(bytes);
    this.memory = bytes.buffer;
    baseAddresses.set(this.memory, this.address);
  }

  view(start: number, lengthBytes: number): Buffer {
    return new NodeBuffer(this.memory, start, lengthBytes);
  }
}

/** A message is received where at least this much of a slab is left. */
export const RECEIVE_BYTES_MIN = 4096;

/** Slabs, one after the other, and how far the present one is used. */
export class SlabPool {
  slab = new Slab();
  usedBytes = 0;

  /** Makes sure that the slab has `lengthBytes` left, at most {@link SLAB_BYTES}. */
  reserve(lengthBytes: number): void {
    if (SLAB_BYTES - this.usedBytes >= lengthBytes) return;
    this.slab = new Slab();
    this.usedBytes = 0;
  }

  /** The address of the first byte not handed out. */
  get address(): number {
    return this.slab.address + this.usedBytes;
  }

  get leftBytes(): number {
    return SLAB_BYTES - this.usedBytes;
  }

  /** Hands out the next bytes. */
  take(lengthBytes: number): Buffer {
    const start = this.usedBytes;
    // The next view starts on a word, where copies are fastest.
    this.usedBytes = (start + lengthBytes + 7) & ~7;
    return this.slab.view(start, lengthBytes);
  }

  /** Hands out a copy. */
  copy(from: Uint8Array): Buffer {
    this.reserve(from.length);
    const copy = this.take(from.length);
    copy.set(from);
    return copy;
  }
}

/** The address of a view's first byte where it is known: in a slab, or after {@link pin}. -1 if it is not. */
export function knownAddress(view: Uint8Array): number {
  const base = baseAddresses.get(bufferOf.call(view));
  return base === undefined ? -1 : base + byteOffsetOf.call(view);
}

/**
 * Pins a view's ArrayBuffer where it is, whatever its size, for memory that the kernel is to write into.
 *
 * @returns the address of the view's first byte, which {@link knownAddress} knows from now on
 */
export function pinInPlace(view: Uint8Array): number {
  // Of the whole buffer, for an empty view has no address to reckon from. Asking for `buffer` moves it off V8's heap.
  const base = addressOf(new Uint8Array(view.buffer));
  baseAddresses.set(view.buffer, base);
  return base + view.byteOffset;
}

/**
 * For a view at an unknown address: one with the same bytes whose address is known, the same or for small ones a copy.
 * Whoever lets the kernel read it keeps it referenced until the kernel is done.
 */
export function pin(view: Uint8Array, pool: SlabPool): Uint8Array {
  if (view.length <= COPY_BYTES_MAX) return pool.copy(view);
  baseAddresses.set(view.buffer, addressOf(view) - view.byteOffset);
  return view;
}
