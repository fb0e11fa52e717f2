import { deserialize, serialize } from "node:v8";

const HEADER_BYTES = 4;
/** What most frames fit in. */
const BUFFER_BYTES = 64 * 1024;

/** A value as bytes, with their number in front. */
export function encodeFrame(value: unknown): Buffer {
  const body = serialize(value);
  const frame = Buffer.allocUnsafeSlow(HEADER_BYTES + body.length);
  frame.writeUInt32LE(body.length);
  frame.set(body, HEADER_BYTES);
  return frame;
}

/** Values out of bytes as they come. */
export class FrameReader {
  private bytes = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  private used = 0;
  /** Reads into memory: how many bytes, or what says that there are none. */
  private readonly read: (room: Buffer) => number;

  constructor(read: (room: Buffer) => number) {
    this.read = read;
  }

  /** Reads once. @returns what `read` has returned */
  fill(): number {
    const count = this.read(this.bytes.subarray(this.used));
    if (count > 0) this.used += count;
    return count;
  }

  /** Whether {@link take} has something. */
  get isComplete(): boolean {
    return this.used >= HEADER_BYTES && this.used >= this.makeRoom();
  }

  /** Takes a value, if all of it {@link isComplete}. */
  take(): unknown {
    const { bytes } = this;
    const end = HEADER_BYTES + bytes.readUInt32LE();
    // Typed arrays of the value are views of these bytes, which are therefore never used again.
    const body = Buffer.allocUnsafeSlow(end - HEADER_BYTES);
    bytes.copy(body, 0, HEADER_BYTES, end);
    this.used = bytes.copy(bytes, 0, end, this.used);
    if (bytes.length > BUFFER_BYTES) this.resize(Math.max(BUFFER_BYTES, this.used));
    return deserialize(body);
  }

  /** Makes room for the whole frame. @returns its length with its header */
  private makeRoom(): number {
    const length = HEADER_BYTES + this.bytes.readUInt32LE();
    if (length > this.bytes.length) this.resize(length);
    return length;
  }

  private resize(lengthBytes: number): void {
    const bytes = Buffer.allocUnsafeSlow(lengthBytes);
    this.bytes.copy(bytes, 0, 0, this.used);
    this.bytes = bytes;
  }
}
