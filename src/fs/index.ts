/**
 * Files: every call as an operation, on every I/O model; on io_uring the kernel's own ring makes it where it can.
 *
 * @module pentio/fs
 */
export type { FileAttributes } from "./attributes.ts";
export { type ChunkOptions, chunks } from "./chunks.ts";
export type { ManyOptions } from "./concurrently.ts";
export { type CopyOptions, copyFile } from "./copy-file.ts";
export type { Entry } from "./entries.ts";
export type { FileError } from "./errors.ts";
export type { File, TransferOptions } from "./file.ts";
export type { CancelledTransfer } from "./file-operations.ts";
export type { OpenFlags } from "./flags.ts";
export { type MkdirOptions, mkdir, type RmOptions, rm } from "./folders.ts";
export { lines } from "./lines.ts";
export type { FileLock, LockOptions } from "./locks.ts";
export { alignedBuffer } from "./memory.ts";
export { type OpenOptions, open, openTemporary } from "./open.ts";
export { parallelRead, type RangeInto } from "./parallel-read.ts";
export type { Path } from "./path.ts";
export {
  chmod,
  link,
  lstat,
  readlink,
  rename,
  rmdir,
  stat,
  statx,
  symlink,
  truncate,
  unlink,
  utimes,
} from "./paths.ts";
export type { Advice, AllocateOptions, Range } from "./ranges.ts";
export { readFiles } from "./read-files.ts";
export { type ReaddirOptions, readdir } from "./readdir.ts";
export type { Source } from "./source.ts";
export type { ExtendedStats, Stats, StatsAttribute } from "./stats.ts";
export { type TailOptions, tail } from "./tail.ts";
export { entries, type WalkOptions, walk } from "./walk.ts";
export { type WatchEvent, type WatchOptions, watch } from "./watch.ts";
export { appendFile, readFile, type WriteFileOptions, writeFile } from "./whole-file.ts";
