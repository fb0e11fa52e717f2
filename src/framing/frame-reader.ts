import { decodeBody, frameError, HEADER_BYTES, LENGTH } from "./frames.ts";
import { holdsPlain, readPlain } from "./plain-values.ts";

/** What most frames fit in. */
const BUFFER_BYTES = 64 * 1024;

/** Values out of bytes as they come. */
export class FrameReader {
  private bytes = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  /** What has come and was not taken is from here up to {@link end}. */
  private start = 0;
  private end = 0;
  private readonly bytesMax: number;

  /** @param bytesMax of one value; what says that it is longer is no frame of ours */
  constructor(bytesMax = LENGTH) {
    this.bytesMax = bytesMax;
  }

  /** Reads once, into memory that `read` is given. @returns what `read` has returned: how many bytes, or that there are none */
  fill(read: (room: Buffer) => number): number {
    if (this.end === this.bytes.length) this.makeRoom(1);
    const count = read(this.bytes.subarray(this.end));
    if (count > 0) this.end += count;
    return count;
  }

  /** Adds what was read elsewhere. */
  add(chunk: Uint8Array): void {
    this.makeRoom(chunk.length);
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** Whether nothing has come that was not taken, so that the end may come here. */
  get isEmpty(): boolean {
    return this.start === this.end;
  }

  /** Whether {@link take} has something. @throws ERR_FRAME_CORRUPT if what comes is no frame */
  get isComplete(): boolean {
    const { start, end } = this;
    if (end - start < HEADER_BYTES) return false;
    const length = this.bytes.readUInt32LE(start) & LENGTH;
    if (length > this.bytesMax) {
      const message = `The header of a message announces ${length} bytes, more than the ${this.bytesMax} that are allowed: the other end is no end of ours, or allows more`;
      throw frameError(Error, "ERR_FRAME_CORRUPT", message);
    }
    const missing = HEADER_BYTES + length - (end - start);
    if (missing > 0) this.makeRoom(missing);
    return missing <= 0;
  }

  /** Takes a value, if all of it {@link isComplete}. @throws ERR_FRAME_CORRUPT if it is none */
  take(): unknown {
    const { bytes, start } = this;
    const header = bytes.readUInt32LE(start);
    const body = start + HEADER_BYTES;
    if (header > LENGTH || !holdsPlain(bytes, body, header))
      return decodeBody(header, this.takeBody(header & LENGTH));
    const value = readPlain(bytes, body, header);
    this.start = body + header;
    if (this.isEmpty) this.start = this.end = 0;
    return value;
  }

  /** Typed arrays of the value are views of these bytes, which are therefore never used again. */
  private takeBody(length: number): Buffer {
    const { bytes } = this;
    const from = this.start + HEADER_BYTES;
    const to = from + length;
    this.start = to;
    if (bytes.length > BUFFER_BYTES) {
      this.move(Math.max(BUFFER_BYTES, this.end - to));
      return bytes.subarray(from, to);
    }
    if (this.isEmpty) this.start = this.end = 0;
    const body = Buffer.allocUnsafeSlow(length);
    bytes.copy(body, 0, from, to);
    return body;
  }

  /** Makes room for so many bytes more. */
  private makeRoom(lengthBytes: number): void {
    const { bytes, start, end } = this;
    if (end + lengthBytes <= bytes.length) return;
    const needed = end - start + lengthBytes;
    if (needed > bytes.length) {
      this.move(needed);
      return;
    }
    bytes.copyWithin(0, start, end);
    this.start = 0;
    this.end = end - start;
  }

  private move(lengthBytes: number): void {
    const bytes = Buffer.allocUnsafeSlow(lengthBytes);
    this.end = this.bytes.copy(bytes, 0, this.start, this.end);
    this.start = 0;
    this.bytes = bytes;
  }
}
