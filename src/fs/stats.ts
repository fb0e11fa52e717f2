import { constants } from "node:fs";
import { getUint64 } from "../sys/index.ts";

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
    this.ino = getUint64(words, 8);
    this.mode = words[7]! & 0xffff;
    this.nlink = words[4]!;
    this.uid = words[5]!;
    this.gid = words[6]!;
    this.rdev = deviceNumber(words[32]!, words[33]!);
    this.size = getUint64(words, 10);
    this.blksize = words[1]!;
    this.blocks = getUint64(words, 12);
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

/** What a file system can do with a file, chattr(1), and what it is to its mount, by the bits of STATX_ATTR_. */
const ATTRIBUTES = [
  [0x4, "compressed"],
  [0x10, "immutable"],
  [0x20, "append"],
  [0x40, "nodump"],
  [0x800, "encrypted"],
  [0x1000, "automount"],
  [0x2000, "mountRoot"],
  [0x100000, "verity"],
  [0x200000, "dax"],
] as const;

/** What may hold of a file: as `chattr` calls it, or what it is to its mount. */
export type StatsAttribute = (typeof ATTRIBUTES)[number][1];

/** All that statx(2) tells. */
export class ExtendedStats extends Stats {
  /** Of the mount that it is on, as in /proc/self/mountinfo; 0 before Linux 5.8. */
  readonly mountId: number;
  readonly attributes: readonly StatsAttribute[];
  /**
   * What addresses of memory are to be multiples of in transfers past the page cache (`direct`); 0 where there are no such
   * transfers, or nobody says (before Linux 6.1).
   */
  readonly directMemoryAlignment: number;
  /** The same of positions and lengths. */
  readonly directPositionAlignment: number;

  /** @internal @param words `struct statx` */
  constructor(words: Uint32Array) {
    super(words);
    this.attributes = ATTRIBUTES.filter(([bit]) => (words[2]! & bit) !== 0).map(([, name]) => name);
    this.mountId = getUint64(words, 36);
    this.directMemoryAlignment = words[38]!;
    this.directPositionAlignment = words[39]!;
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
  const seconds = words[at]! + (words[at + 1]! | 0) * 2 ** 32;
  return seconds * 1000 + words[at + 2]! / 1e6;
}
