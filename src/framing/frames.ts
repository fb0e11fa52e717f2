import { deserialize, serialize } from "node:v8";

const HEADER_BYTES = 4;
/** Set in the header of a Buffer that is sent as it is, without being serialised. */
const RAW = 0x80000000;
const LENGTH = 0x7fffffff;
/** What most frames fit in. */
const BUFFER_BYTES = 64 * 1024;

/**
 * A value as bytes, with their number in front. A Buffer goes as it is; everything else as `v8.serialize` has it.
 *
 * @param bytesMax of the value; at most 2^31 - 1, which is the default
 * @throws what `v8.serialize` throws for a function and the like; ERR_FRAME_TOO_LONG
 */
export function encodeFrame(value: unknown, bytesMax = LENGTH): Buffer {
  const isRaw = value instanceof Buffer;
  const body = isRaw ? value : serialize(value);
  if (body.length > bytesMax) {
    const message = `A message of ${body.length} bytes is longer than the ${bytesMax} that are allowed: send it in parts, or allow more at both ends`;
    throw frameError(RangeError, "ERR_FRAME_TOO_LONG", message);
  }
  const frame = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  frame.writeUInt32LE(isRaw ? (RAW | body.length) >>> 0 : body.length);
  frame.set(body, HEADER_BYTES);
  return frame;
}

/** How many bytes a frame has, by its first four. */
export function frameBytes(header: number): number {
  return HEADER_BYTES + (header & LENGTH);
}

/** The value of a frame that is there as a whole. Views in it are views of these bytes, which must not be used again. */
export function decodeFrame(frame: Buffer): unknown {
  return decodeBody(frame.readUInt32LE(), frame.subarray(HEADER_BYTES));
}

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
    const header = this.bytes.readUInt32LE(this.start);
    return decodeBody(header, this.takeBody(header & LENGTH));
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

function decodeBody(header: number, body: Buffer): unknown {
  if (header > LENGTH) return body;
  try {
    return deserialize(body);
  } catch (cause) {
    const message = "A message is not what v8.serialize makes: the other end is no end of ours";
    throw frameError(Error, "ERR_FRAME_CORRUPT", message, { cause });
  }
}

function frameError(
  Kind: ErrorConstructor,
  code: string,
  message: string,
  options?: ErrorOptions,
): NodeJS.ErrnoException {
  return Object.assign(new Kind(message, options), { code });
}
