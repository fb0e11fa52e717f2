import { patternBytes } from "../support/pattern.ts";

/** In front of each message: which stream it belongs to, which writer's it is and which of his, and its length. */
const HEADER_BYTES = 12;

/** Something has happened that no model may do, whatever the others do. */
export class Fault extends Error {
  override readonly name = "Fault";
}

/** A message of a writer as it goes over the connection; one of length 0 is nothing at all. */
export function frame(stream: number, writer: number, index: number, lengthBytes: number): Buffer {
  if (lengthBytes === 0) return Buffer.alloc(0);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + lengthBytes);
  bytes.writeUInt32LE(stream, 0);
  bytes.writeUInt16LE(writer, 4);
  bytes.writeUInt16LE(index, 6);
  bytes.writeUInt32LE(lengthBytes, 8);
  bytes.set(payload(stream, writer, index, lengthBytes), HEADER_BYTES);
  return bytes;
}

/** How many bytes a flow has, headers among them. */
export function flowBytes(writers: readonly (readonly number[])[]): number {
  return writers
    .flat()
    .filter((lengthBytes) => lengthBytes > 0)
    .reduce((sum, lengthBytes) => sum + HEADER_BYTES + lengthBytes, 0);
}

function payload(stream: number, writer: number, index: number, lengthBytes: number): Buffer {
  return patternBytes(stream + 7919 * writer + 104_729 * index, lengthBytes);
}

/** Reads along with a stream of messages, and fails at the first byte that is not what was sent. */
export class FrameReader {
  bytes = 0;
  frames = 0;
  private readonly stream: number;
  private readonly lengthOf: (writer: number, index: number) => number | undefined;
  /** By writer: which message comes next. */
  private readonly next: number[] = [];
  private readonly header = Buffer.alloc(HEADER_BYTES);
  private headerBytes = 0;
  private payload: Buffer = Buffer.alloc(0);
  private payloadBytes = 0;

  /** @param lengthOf the length of a writer's message; undefined where there is none */
  constructor(stream: number, lengthOf: (writer: number, index: number) => number | undefined) {
    this.stream = stream;
    this.lengthOf = lengthOf;
  }

  read(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      const taken = this.payloadBytes < this.payload.length ? this.readPayload(rest) : this.readHeader(rest);
      this.bytes += taken;
      rest = rest.subarray(taken);
    }
  }

  private readHeader(rest: Buffer): number {
    const part = rest.subarray(0, HEADER_BYTES - this.headerBytes);
    this.header.set(part, this.headerBytes);
    this.headerBytes += part.length;
    if (this.headerBytes === HEADER_BYTES) this.beginPayload();
    return part.length;
  }

  private beginPayload(): void {
    const { header } = this;
    const writer = header.readUInt16LE(4);
    const index = header.readUInt16LE(6);
    const lengthBytes = header.readUInt32LE(8);
    const isRight =
      header.readUInt32LE(0) === this.stream &&
      index === this.nextIndex(writer) &&
      lengthBytes === this.lengthOf(writer, index);
    if (!isRight) {
      throw new Fault(`no message begins at byte ${this.bytes}, or not this one: ${header.toString("hex")}`);
    }
    this.next[writer] = index + 1;
    this.headerBytes = 0;
    this.payload = payload(this.stream, writer, index, lengthBytes);
    this.payloadBytes = 0;
    this.frames++;
  }

  private nextIndex(writer: number): number {
    let index = this.next[writer] ?? 0;
    while (this.lengthOf(writer, index) === 0) index++;
    return index;
  }

  private readPayload(rest: Buffer): number {
    const wanted = this.payload.subarray(this.payloadBytes);
    const part = rest.subarray(0, wanted.length);
    if (!part.equals(wanted.subarray(0, part.length))) {
      const at = part.findIndex((byte, i) => byte !== wanted[i]);
      throw new Fault(`byte ${this.bytes + at} of the stream is wrong`);
    }
    this.payloadBytes += part.length;
    return part.length;
  }
}
