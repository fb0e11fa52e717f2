import { constants } from "node:fs";
import { O_DIRECTORY, O_RDONLY } from "../sys/index.ts";
import type { Coroutine, Operation } from "../task/index.ts";
import * as calls from "./calls.ts";
import type { File } from "./file.ts";
import { FileCall } from "./file-operations.ts";
import { open } from "./open.ts";
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
  private readonly type: number;

  /** @internal @param type of a mode, S_IFMT */
  constructor(name: string, parentPath: string, type: number) {
    this.name = name;
    this.parentPath = parentPath;
    this.type = type;
  }

  /** The folder's path and the name. */
  get path(): string {
    const { parentPath, name } = this;
    return parentPath.endsWith("/") ? parentPath + name : `${parentPath}/${name}`;
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
export function openFolder(path: string): Operation<File> {
  return open(path, O_RDONLY | O_DIRECTORY);
}

/** The next entries of an open folder, in the order of the file system; null at the end. */
export function* readEntries(folder: File): Coroutine<Entry[] | null> {
  const bytes = Buffer.allocUnsafeSlow(ENTRIES_BYTES);
  const call = calls.getdents(folder.descriptor, bytes);
  const length = yield* new FileCall(folder, call, "scandir", { convert: (value) => value });
  if (length === 0) return null;
  const entries: Entry[] = [];
  for (let at = 0; at < length; at += bytes.readUInt16LE(at + RECORD_LENGTH)) {
    const name = bytes.toString("utf8", at + NAME, bytes.indexOf(0, at + NAME));
    if (name === "." || name === "..") continue;
    entries.push(new Entry(name, folder.path, bytes[at + TYPE]! << TYPE_SHIFT));
  }
  return yield* withTypes(entries);
}

/** Some file systems do not tell types; then each is asked for. */
function* withTypes(entries: Entry[]): Coroutine<Entry[]> {
  for (const [i, entry] of entries.entries()) {
    if (!entry.isUnknown) continue;
    const { mode } = yield* lstat(entry.path);
    entries[i] = new Entry(entry.name, entry.parentPath, mode & constants.S_IFMT);
  }
  return entries;
}
