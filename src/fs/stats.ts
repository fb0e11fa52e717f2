import { constants } from "node:fs";

const TWO_TO_32 = 4294967296;

/** What is known of a file, statx(2), under the names of Node's `Stats`. Times are in milliseconds since 1970. */
export class Stats {
  /** Major and minor number in one, as `stat -c %d` shows it. */
  readonly dev: number;
  readonly ino: number;
  /** Type and permissions. */
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  /** In bytes. */
  readonly size: number;
  /** Bytes that a transfer should have at least. */
  readonly blksize: number;
  /** Of 512 bytes, as far as they are allocated. */
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  /** When it was made; 0 if the file system does not keep that. */
  readonly birthtimeMs: number;

  /** @internal @param words `struct statx` */
  constructor(words: Uint32Array) {
    this.dev = deviceNumber(words[34]!, words[35]!);
    this.ino = words[8]! + words[9]! * TWO_TO_32;
    this.mode = words[7]! & 0xffff;
    this.nlink = words[4]!;
    this.uid = words[5]!;
    this.gid = words[6]!;
    this.rdev = deviceNumber(words[32]!, words[33]!);
    this.size = words[10]! + words[11]! * TWO_TO_32;
    this.blksize = words[1]!;
    this.blocks = words[12]! + words[13]! * TWO_TO_32;
    this.atimeMs = milliseconds(words, 16);
    this.birthtimeMs = milliseconds(words, 20);
    this.ctimeMs = milliseconds(words, 24);
    this.mtimeMs = milliseconds(words, 28);
  }

  get atime(): Date {
    return new Date(this.atimeMs);
  }

  get mtime(): Date {
    return new Date(this.mtimeMs);
  }

  get ctime(): Date {
    return new Date(this.ctimeMs);
  }

  get birthtime(): Date {
    return new Date(this.birthtimeMs);
  }

  isFile(): boolean {
    return this.isOf(constants.S_IFREG);
  }

  isDirectory(): boolean {
    return this.isOf(constants.S_IFDIR);
  }

  isSymbolicLink(): boolean {
    return this.isOf(constants.S_IFLNK);
  }

  isFIFO(): boolean {
    return this.isOf(constants.S_IFIFO);
  }

  isSocket(): boolean {
    return this.isOf(constants.S_IFSOCK);
  }

  isBlockDevice(): boolean {
    return this.isOf(constants.S_IFBLK);
  }

  isCharacterDevice(): boolean {
    return this.isOf(constants.S_IFCHR);
  }

  private isOf(type: number): boolean {
    return (this.mode & constants.S_IFMT) === type;
  }
}

/** As makedev(3) packs them. */
function deviceNumber(major: number, minor: number): number {
  const low = (minor & 0xff) | ((major & 0xfff) << 8);
  const high = ((minor & ~0xff) >>> 8) * 2 ** 20 + ((major & ~0xfff) >>> 12) * 2 ** 44;
  return low + high;
}

/** `struct statx_timestamp`: seconds, signed, and nanoseconds. */
function milliseconds(words: Uint32Array, at: number): number {
  const seconds = words[at]! + (words[at + 1]! | 0) * TWO_TO_32;
  return seconds * 1000 + words[at + 2]! / 1e6;
}
