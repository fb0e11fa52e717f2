import { frameBytes } from "../framing/index.ts";
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
 * Frames in shared memory, first in, first out, each on a word. All of it is called under the parties' lock. A frame is
 * there from the one store that says so, and gone from one as well.
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
    return (this.words[TAIL]! - this.words[HEAD]!) | 0;
  }

  /** How many frames there are: each is looked at. */
  get count(): number {
    let count = 0;
    const { words } = this;
    for (let at = words[HEAD]!; at !== words[TAIL]!; at = (at + this.spanAt(at)) | 0) count++;
    return count;
  }

  /** Whether a frame fits when nothing else is there. */
  holds(frame: Buffer): boolean {
    return spanOf(frame.length) <= this.capacityBytes;
  }

  /** @returns false if there is no room */
  put(frame: Buffer): boolean {
    if (!this.hasRoom(frame)) return false;
    const tail = this.words[TAIL]!;
    this.write(tail, frame);
    this.words[TAIL] = tail + spanOf(frame.length);
    return true;
  }

  /** Puts a frame where the next is taken. @returns false if there is no room */
  putBack(frame: Buffer): boolean {
    if (!this.hasRoom(frame)) return false;
    const head = (this.words[HEAD]! - spanOf(frame.length)) | 0;
    this.write(head, frame);
    this.words[HEAD] = head;
    return true;
  }

  /** @returns a copy; null if there is none */
  take(): Buffer | null {
    const head = this.words[HEAD]!;
    if (head === this.words[TAIL]) return null;
    const frame = this.read(head, frameBytes(this.headerAt(head)));
    this.words[HEAD] = head + spanOf(frame.length);
    return frame;
  }

  private hasRoom(frame: Buffer): boolean {
    return spanOf(frame.length) <= this.capacityBytes - this.usedBytes;
  }

  private write(position: number, frame: Buffer): void {
    const at = this.offsetOf(position);
    const first = Math.min(frame.length, this.capacityBytes - at);
    frame.copy(this.data, at, 0, first);
    if (first < frame.length) frame.copy(this.data, 0, first);
  }

  private read(position: number, lengthBytes: number): Buffer {
    const at = this.offsetOf(position);
    const frame = Buffer.allocUnsafeSlow(lengthBytes);
    const first = this.data.copy(frame, 0, at, at + lengthBytes);
    if (first < lengthBytes) this.data.copy(frame, first, 0, lengthBytes - first);
    return frame;
  }

  private spanAt(position: number): number {
    return spanOf(frameBytes(this.headerAt(position)));
  }

  private headerAt(position: number): number {
    return this.data.readUInt32LE(this.offsetOf(position));
  }

  private offsetOf(position: number): number {
    return position & (this.capacityBytes - 1);
  }
}

function spanOf(lengthBytes: number): number {
  return (lengthBytes + 3) & ~3;
}
