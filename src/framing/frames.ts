import { deserialize, serialize } from "node:v8";
import { holdsPlain, isPlain, type Plain, plainBytes, readPlain, writePlain } from "./plain-values.ts";

/** Each frame begins with its length. */
export const HEADER_BYTES = 4;
/** Set in the header of a Buffer that is sent as it is, without being serialised. */
const RAW = 0x80000000;
/** The other bits of the header. */
export const LENGTH = 0x7fffffff;

/** A value that is ready to go: a plain one as it is, for it is written where it belongs; of any other, its frame. */
export type Packed = Plain | Buffer;

/**
 * Makes a value ready to go. What becomes of it afterwards does not matter any more.
 *
 * @param bytesMax of the value; at most 2^31 - 1, which is the default
 * @throws what `v8.serialize` throws for a function and the like; ERR_FRAME_TOO_LONG
 */
export function packValue(value: unknown, bytesMax = LENGTH): Packed {
  if (!isPlain(value)) return frameOf(value, bytesMax);
  checkLength(plainBytes(value), bytesMax);
  return value;
}

/** The value of what is packed. Views in it are views of the frame, which must not be used again. */
export function unpackValue(packed: Packed): unknown {
  return isPlain(packed) ? packed : decodeFrame(packed);
}

/** How many bytes {@link writeFrame} writes. */
export function packedBytes(packed: Packed): number {
  return isPlain(packed) ? HEADER_BYTES + plainBytes(packed) : packed.length;
}

/** Writes a frame, for which there is room. @returns where it ends */
export function writeFrame(packed: Packed, bytes: Buffer, at: number): number {
  if (!isPlain(packed)) {
    bytes.set(packed, at);
    return at + packed.length;
  }
  const length = plainBytes(packed);
  const body = bytes.writeUInt32LE(length, at);
  writePlain(packed, bytes, body);
  return body + length;
}

/** The frame of what is packed, by itself. */
export function packedFrame(packed: Packed): Buffer {
  if (!isPlain(packed)) return packed;
  const frame = Buffer.allocUnsafe(packedBytes(packed));
  writeFrame(packed, frame, 0);
  return frame;
}

/**
 * A value as bytes, with their number in front. A Buffer goes as it is, and so do plain values; everything else as `v8.serialize`
 * has it.
 *
 * @throws what `v8.serialize` throws for a function and the like; ERR_FRAME_TOO_LONG from 2^31 bytes on
 */
export function encodeFrame(value: unknown): Buffer {
  return packedFrame(packValue(value));
}

/** How many bytes a frame has, by its first four. */
export function frameBytes(header: number): number {
  return HEADER_BYTES + (header & LENGTH);
}

/** The value of a frame that is there as a whole. Views in it are views of these bytes, which must not be used again. */
export function decodeFrame(frame: Buffer): unknown {
  return decodeBody(frame.readUInt32LE(), frame.subarray(HEADER_BYTES));
}

/** Reads the frame of a plain value where it stands; of another it makes a copy. */
export function readFrame(bytes: Buffer, at: number): Packed {
  const header = bytes.readUInt32LE(at);
  const end = at + frameBytes(header);
  const body = at + HEADER_BYTES;
  if (header <= LENGTH && holdsPlain(bytes, body, header)) return readPlain(bytes, body, header);
  const frame = Buffer.allocUnsafeSlow(end - at);
  bytes.copy(frame, 0, at, end);
  return frame;
}

function frameOf(value: unknown, bytesMax: number): Buffer {
  const isRaw = value instanceof Buffer;
  const body = isRaw ? value : serialize(value);
  checkLength(body.length, bytesMax);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  frame.writeUInt32LE(isRaw ? (RAW | body.length) >>> 0 : body.length);
  frame.set(body, HEADER_BYTES);
  return frame;
}

/** The value of a frame without its header. */
export function decodeBody(header: number, body: Buffer): unknown {
  if (header > LENGTH) return body;
  if (holdsPlain(body, 0, header)) return readPlain(body, 0, header);
  try {
    return deserialize(body);
  } catch (cause) {
    const message = "A message is not what v8.serialize makes: the other end is no end of ours";
    throw frameError(Error, "ERR_FRAME_CORRUPT", message, { cause });
  }
}

function checkLength(lengthBytes: number, bytesMax: number): void {
  if (lengthBytes <= bytesMax) return;
  const message = `A message of ${lengthBytes} bytes is longer than the ${bytesMax} that are allowed: send it in parts, or allow more at both ends`;
  throw frameError(RangeError, "ERR_FRAME_TOO_LONG", message);
}

/** An error in Node's shape. */
export function frameError(
  Kind: ErrorConstructor,
  code: string,
  message: string,
  options?: ErrorOptions,
): NodeJS.ErrnoException {
  return Object.assign(new Kind(message, options), { code });
}
