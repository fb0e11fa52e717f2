/** What is written as it is, for `v8.serialize` takes a microsecond each way. */
export type Plain = undefined | null | boolean | number | string;

/** Of a longer text v8 makes less: one byte a character, where that is enough. */
const TEXT_LENGTH_MAX = 256;

// A value is two bytes for its kind, and what it needs. What v8 writes begins with 255.
const UNDEFINED = 0;
const NULL = 1;
const FALSE = 2;
const TRUE = 3;
const NUMBER = 4;
const TEXT = 5;
const KIND_BYTES = 2;
const NUMBER_BYTES = KIND_BYTES + 8;

/** Whether a value is undefined, null, a boolean, a number, or a short text. */
export function isPlain(value: unknown): value is Plain {
  const type = typeof value;
  if (type === "string") return (value as string).length <= TEXT_LENGTH_MAX;
  return type === "number" || type === "boolean" || value === undefined || value === null;
}

/** How many bytes {@link writePlain} writes. */
export function plainBytes(value: Plain): number {
  if (typeof value === "number") return NUMBER_BYTES;
  return typeof value === "string" ? KIND_BYTES + value.length * 2 : KIND_BYTES;
}

export function writePlain(value: Plain, bytes: Buffer, at: number): void {
  bytes[at] = kindOf(value);
  bytes[at + 1] = 0;
  if (typeof value === "number") bytes.writeDoubleLE(value, at + KIND_BYTES);
  else if (typeof value === "string") bytes.write(value, at + KIND_BYTES, "utf16le");
}

/** Whether that is there which {@link writePlain} writes. */
export function holdsPlain(bytes: Buffer, at: number, length: number): boolean {
  if (length < KIND_BYTES || bytes[at + 1] !== 0) return false;
  const kind = bytes[at]!;
  if (kind === NUMBER) return length === NUMBER_BYTES;
  return kind === TEXT ? length % 2 === 0 : kind < NUMBER && length === KIND_BYTES;
}

/** Reads what {@link holdsPlain} has found. */
export function readPlain(bytes: Buffer, at: number, length: number): Plain {
  const kind = bytes[at]!;
  if (kind === NUMBER) return bytes.readDoubleLE(at + KIND_BYTES);
  if (kind === TEXT) return bytes.toString("utf16le", at + KIND_BYTES, at + length);
  if (kind === UNDEFINED) return undefined;
  return kind === NULL ? null : kind === TRUE;
}

function kindOf(value: Plain): number {
  if (typeof value === "number") return NUMBER;
  if (typeof value === "string") return TEXT;
  if (typeof value === "boolean") return value ? TRUE : FALSE;
  return value === null ? NULL : UNDEFINED;
}
