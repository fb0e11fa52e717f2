import { fileURLToPath } from "node:url";
import { wrongType, wrongValue } from "./errors.ts";
import { room } from "./memory.ts";

/** A path: text, bytes where it is not UTF-8, or a `file:` URL. */
export type Path = string | Uint8Array | URL;

/** A path as the kernel takes it: NUL-terminated bytes at a known address. @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE */
export function pathBytes(path: Path): Buffer {
  const bytes = typeof path === "string" ? textBytes(path) : textBytes(plain(path));
  if (bytes.indexOf(0) === bytes.length - 1) return bytes;
  throw wrongValue(`A path cannot contain a null byte: ${JSON.stringify(pathText(path))}`);
}

/** A path for messages, and to make others from. */
export function pathText(path: Path): string {
  if (typeof path === "string") return path;
  return path instanceof URL ? fileURLToPath(path) : Buffer.from(path).toString();
}

function plain(path: Exclude<Path, string>): string | Uint8Array {
  if (path instanceof URL) return fileURLToPath(path);
  if (path instanceof Uint8Array) return path;
  throw wrongType("A path is a string, a Buffer or another Uint8Array, or a file: URL");
}

/** Text or bytes with a NUL behind them. */
export function textBytes(text: string | Uint8Array): Buffer {
  if (typeof text !== "string") {
    const bytes = room(text.length + 1);
    bytes.set(text);
    bytes[text.length] = 0;
    return bytes;
  }
  // UTF-8 takes three bytes at most for each unit; a path is short, so counting them would cost more than it saves.
  const bytes = room(3 * text.length + 1);
  const lengthBytes = bytes.write(text, 0);
  bytes[lengthBytes] = 0;
  return bytes.subarray(0, lengthBytes + 1);
}
