import { constants } from "node:fs";
import { ENOENT, O_DIRECTORY, O_RDONLY } from "../sys/index.ts";
import type { Coroutine, Operation } from "../task/index.ts";
import * as calls from "./calls.ts";
import type { File } from "./file.ts";
import { FileCall } from "./file-operations.ts";
import { open } from "./open.ts";
import { orNull } from "./or-null.ts";
import { joinPath, type Path, type RawPath } from "./path.ts";
import { lstat } from "./paths.ts";

/** Some hundred entries in one call. */
const ENTRIES_BYTES = 32 * 1024;

/** `struct linux_dirent64`: inode, offset, length of the record, type, name. */
const RECORD_LENGTH = 16;
const TYPE = 18;
const NAME = 19;

/** The types of getdents64(2) are the upper bits of a mode. */
const TYPE_SHIFT = 12;

/** A name in a folder, and what it is; under the names of Node's `Dirent`. */
export class Entry {
  readonly name: string;
  /** The folder, as it was asked for. */
  readonly parentPath: string;
  private type: number;
  /** Where the name or the folder's path is not UTF-8. */
  private readonly bytes: Buffer | null;

  /** @internal @param type of a mode, S_IFMT */
  constructor(name: RawPath, parentPath: RawPath, type: number) {
    this.name = name.toString();
    this.parentPath = parentPath.toString();
    this.type = type;
    const isText = typeof name === "string" && typeof parentPath === "string";
    this.bytes = isText ? null : (joinPath(parentPath, name) as Buffer);
  }

  /** The folder's path and the name, as text. */
  get path(): string {
    return joinPath(this.parentPath, this.name) as string;
  }

  /** The same for further calls: bytes where text could not name the file, for its name is not UTF-8. */
  get rawPath(): string | Buffer {
    return this.bytes ?? this.path;
  }

  /** @internal */
  setType(type: number): void {
    this.type = type;
  }

  /** @internal The file system has not told its type. */
  get isUnknown(): boolean {
    return this.type === 0;
  }

  isFile(): boolean {
    return this.type === constants.S_IFREG;
  }

  isDirectory(): boolean {
    return this.type === constants.S_IFDIR;
  }

  isSymbolicLink(): boolean {
    return this.type === constants.S_IFLNK;
  }

  isFIFO(): boolean {
    return this.type === constants.S_IFIFO;
  }

  isSocket(): boolean {
    return this.type === constants.S_IFSOCK;
  }

  isBlockDevice(): boolean {
    return this.type === constants.S_IFBLK;
  }

  isCharacterDevice(): boolean {
    return this.type === constants.S_IFCHR;
  }
}

/** Opens a folder for {@link readEntries}. @throws ENOENT, ENOTDIR, EACCES */
export function openFolder(path: Path): Operation<File> {
  return open(path, O_RDONLY | O_DIRECTORY);
}

/** The next entries of an open folder, in the order of the file system; null at the end. */
export function* readEntries(folder: File, path: RawPath): Coroutine<Entry[] | null> {
  const bytes = Buffer.allocUnsafeSlow(ENTRIES_BYTES);
  const call = calls.getdents(folder.descriptor, bytes);
  const length = yield* new FileCall(folder, call, "scandir", { convert: (value) => value });
  if (length === 0) return null;
  const entries: Entry[] = [];
  for (let at = 0; at < length; at += bytes.readUInt16LE(at + RECORD_LENGTH)) {
    const name = nameOf(bytes.subarray(at + NAME, bytes.indexOf(0, at + NAME)));
    if (name === "." || name === "..") continue;
    entries.push(new Entry(name, path, bytes[at + TYPE]! << TYPE_SHIFT));
  }
  return yield* withTypes(entries);
}

/** Text where that says the same. */
function nameOf(bytes: Buffer): RawPath {
  const text = bytes.toString();
  return text.includes("\ufffd") && !Buffer.from(text).equals(bytes) ? Buffer.from(bytes) : text;
}

/** Some file systems do not tell types; then each is asked for, and what has gone meanwhile is left out. */
function* withTypes(entries: Entry[]): Coroutine<Entry[]> {
  if (!entries.some((entry) => entry.isUnknown)) return entries;
  const present: Entry[] = [];
  for (const entry of entries) {
    const stats = entry.isUnknown ? yield* orNull(lstat(entry.rawPath), ENOENT) : null;
    if (stats) entry.setType(stats.mode & constants.S_IFMT);
    if (!entry.isUnknown) present.push(entry);
  }
  return present;
}
