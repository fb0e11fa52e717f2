import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { wrongType, wrongValue } from "./errors.ts";
import { room } from "./memory.ts";

const SLASH = 47;

/** A path: text, bytes where it is not UTF-8, or a `file:` URL. */
export type Path = string | Uint8Array | URL;

/** A path or a name from which others are made: bytes stay bytes, for as text those that are not UTF-8 would be others. */
export type RawPath = string | Buffer;

/** A path as the kernel takes it: NUL-terminated bytes at a known address. @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE */
export function pathBytes(path: Path): Buffer {
  const bytes = textBytes(typeof path === "string" ? path : plain(path));
  if (bytes.indexOf(0) === bytes.length - 1) return bytes;
  throw wrongValue(`A path cannot contain a null byte: ${JSON.stringify(pathText(path))}`);
}

/** A path for messages. */
export function pathText(path: Path): string {
  return rawPath(path).toString();
}

/** A path to make others from, which the program cannot change any more. */
export function rawPath(path: Path): RawPath {
  if (typeof path === "string") return path;
  return path instanceof URL ? fileURLToPath(path) : Buffer.from(path);
}

/** The path of a name in a folder. */
export function joinPath(folder: RawPath, name: RawPath): RawPath {
  if (typeof folder === "string" && typeof name === "string")
    return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
  const above = Buffer.from(folder);
  const separator = above.at(-1) === SLASH ? "" : "/";
  return Buffer.concat([above, Buffer.from(separator), Buffer.from(name)]);
}

/** The folder that a path is in. */
export function parentPath(path: RawPath): RawPath {
  // Latin-1 has a character for each byte.
  return typeof path === "string" ? dirname(path) : Buffer.from(dirname(path.toString("latin1")), "latin1");
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
