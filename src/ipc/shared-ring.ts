import {
  frameBytes,
  type Packed,
  packedBytes,
  packedFrame,
  readFrame,
  writeFrame,
} from "../framing/index.ts";
import { FREE_WORDS, PARTY_WORDS } from "./shared-parties.ts";

/** How many bytes were taken and put so far, modulo 2^32. */
const HEAD = FREE_WORDS;
const TAIL = FREE_WORDS + 1;

const DATA_BYTES = PARTY_WORDS * 4;

/** Shared memory for a ring. @param capacityBytes a power of two */
export function ringMemory(capacityBytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(DATA_BYTES + capacityBytes);
}

/**
 * Frames in shared memory, first in, first out, each on a word. Except where it says otherwise, all of it is called under the
 * parties' lock. A frame is there from the one store that says so, and gone from one as well.
 */
export class SharedRing {
  readonly capacityBytes: number;
  private readonly words: Int32Array;
  private readonly data: Buffer;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
    this.data = Buffer.from(memory, DATA_BYTES);
    this.capacityBytes = this.data.length;
  }

  get usedBytes(): number {
    return (this.words[TAIL]! - Atomics.load(this.words, HEAD)) | 0;
  }

  /** How many frames there are: each is looked at. */
  get count(): number {
    let count = 0;
    const { words } = this;
    for (let at = words[HEAD]!; at !== words[TAIL]!; at = (at + this.spanAt(at)) | 0) count++;
    return count;
  }

  /** Whether there is nothing; the receiving thread may ask without the lock, see {@link take}. */
  get isEmpty(): boolean {
    return this.words[HEAD] === Atomics.load(this.words, TAIL);
  }

  /** Whether a frame fits when nothing else is there. */
  holds(packed: Packed): boolean {
    return spanOf(packedBytes(packed)) <= this.capacityBytes;
  }

  /** @returns false if there is no room */
  put(packed: Packed): boolean {
    const bytes = packedBytes(packed);
    if (!this.hasRoom(bytes)) return false;
    const tail = this.words[TAIL]!;
    this.write(tail, packed, bytes);
    Atomics.store(this.words, TAIL, (tail + spanOf(bytes)) | 0);
    return true;
  }

  /** Puts a frame where the next is taken. @returns false if there is no room */
  putBack(packed: Packed): boolean {
    const bytes = packedBytes(packed);
    if (!this.hasRoom(bytes)) return false;
    const head = (this.words[HEAD]! - spanOf(bytes)) | 0;
    this.write(head, packed, bytes);
    Atomics.store(this.words, HEAD, head);
    return true;
  }

  /** Takes the first frame, of which there is one. Where one thread receives alone, it needs no lock. */
  take(): Packed {
    const head = this.words[HEAD]!;
    const at = this.offsetOf(head);
    const bytes = frameBytes(this.data.readUInt32LE(at));
    const packed = at + bytes <= this.capacityBytes ? readFrame(this.data, at) : this.readAround(at, bytes);
    Atomics.store(this.words, HEAD, (head + spanOf(bytes)) | 0);
    return packed;
  }

  private hasRoom(bytes: number): boolean {
    return spanOf(bytes) <= this.capacityBytes - this.usedBytes;
  }

  private write(position: number, packed: Packed, bytes: number): void {
    const at = this.offsetOf(position);
    if (at + bytes <= this.capacityBytes) writeFrame(packed, this.data, at);
    else this.writeAround(at, packedFrame(packed));
  }

  private writeAround(at: number, frame: Buffer): void {
    const first = this.capacityBytes - at;
    frame.copy(this.data, at, 0, first);
    frame.copy(this.data, 0, first);
  }

  private readAround(at: number, bytes: number): Buffer {
    const frame = Buffer.allocUnsafeSlow(bytes);
    const first = this.data.copy(frame, 0, at);
    this.data.copy(frame, first, 0, bytes - first);
    return frame;
  }

  private spanAt(position: number): number {
    return spanOf(frameBytes(this.data.readUInt32LE(this.offsetOf(position))));
  }

  private offsetOf(position: number): number {
    return position & (this.capacityBytes - 1);
  }
}

function spanOf(lengthBytes: number): number {
  return (lengthBytes + 3) & ~3;
}
