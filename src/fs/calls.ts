/** System calls as plain data, by their names: what they take, and the memory that it stands in. */

import type { SystemCall } from "../loop/index.ts";
import * as sys from "../sys/index.ts";
import type { Outcome } from "./call-operation.ts";
import { addressFor, room } from "./memory.ts";
import { ExtendedStats, Stats } from "./stats.ts";

const { AT_FDCWD } = sys;

function call(number: number, args: readonly number[], ...memory: unknown[]): SystemCall {
  return { number, args, memory };
}

export function openat(path: Buffer, flags: number, mode: number): SystemCall {
  return call(sys.SYS_openat, [AT_FDCWD, addressFor(path), flags, mode], path);
}

const STATX_STATS = sys.STATX_BASIC_STATS | sys.STATX_BTIME;
const STATX_ALL = STATX_STATS | sys.STATX_MNT_ID | sys.STATX_DIOALIGN;

/** statx(2) of a path, or with AT_EMPTY_PATH of a descriptor, and what becomes of its answer. */
export function statx(folder: number, path: Buffer, flags: number): [SystemCall, Outcome<Stats>] {
  const [call, words] = statxInto(folder, path, flags, STATX_STATS);
  return [call, { convert: () => new Stats(words) }];
}

/** The same with all that we know of. */
export function statxAll(folder: number, path: Buffer, flags: number): [SystemCall, Outcome<ExtendedStats>] {
  const [call, words] = statxInto(folder, path, flags, STATX_ALL);
  return [call, { convert: () => new ExtendedStats(words) }];
}

function statxInto(folder: number, path: Buffer, flags: number, mask: number): [SystemCall, Uint32Array] {
  const into = room(sys.STATX_BYTES);
  const args = [folder, addressFor(path), flags, mask, addressFor(into)];
  const words = new Uint32Array(into.buffer, into.byteOffset, sys.STATX_BYTES / 4);
  return [call(sys.SYS_statx, args, path, into), words];
}

export function fsync(fd: number): SystemCall {
  return call(sys.SYS_fsync, [fd]);
}

export function fdatasync(fd: number): SystemCall {
  return call(sys.SYS_fdatasync, [fd]);
}

export function ftruncate(fd: number, lengthBytes: number): SystemCall {
  return call(sys.SYS_ftruncate, [fd, lengthBytes]);
}

export function fallocate(fd: number, mode: number, position: number, lengthBytes: number): SystemCall {
  return call(sys.SYS_fallocate, [fd, mode, position, lengthBytes]);
}

export function fadvise(fd: number, position: number, lengthBytes: number, advice: number): SystemCall {
  return call(sys.SYS_fadvise64, [fd, position, lengthBytes, advice]);
}

/** fcntl(2) with a `struct flock`. */
export function fcntlLock(fd: number, command: number, lock: Buffer): SystemCall {
  return call(sys.SYS_fcntl, [fd, command, addressFor(lock)], lock);
}

export function fchmod(fd: number, mode: number): SystemCall {
  return call(sys.SYS_fchmod, [fd, mode]);
}

export function fchmodat(path: Buffer, mode: number): SystemCall {
  return call(sys.SYS_fchmodat, [AT_FDCWD, addressFor(path), mode], path);
}

/** utimensat(2) with two `struct timespec`; of a descriptor where there is no path. */
export function utimensat(folder: number, path: Buffer | null, times: Buffer): SystemCall {
  const args = [folder, path ? addressFor(path) : 0, addressFor(times), 0];
  return call(sys.SYS_utimensat, args, path, times);
}

export function renameat(from: Buffer, to: Buffer): SystemCall {
  return call(sys.SYS_renameat2, [AT_FDCWD, addressFor(from), AT_FDCWD, addressFor(to), 0], from, to);
}

export function linkat(from: Buffer, to: Buffer, flags: number): SystemCall {
  return call(sys.SYS_linkat, [AT_FDCWD, addressFor(from), AT_FDCWD, addressFor(to), flags], from, to);
}

export function symlinkat(target: Buffer, path: Buffer): SystemCall {
  return call(sys.SYS_symlinkat, [addressFor(target), AT_FDCWD, addressFor(path)], target, path);
}

export function readlinkat(path: Buffer, into: Buffer): SystemCall {
  const args = [AT_FDCWD, addressFor(path), addressFor(into), into.length];
  return call(sys.SYS_readlinkat, args, path, into);
}

export function unlinkat(path: Buffer, flags: number): SystemCall {
  return call(sys.SYS_unlinkat, [AT_FDCWD, addressFor(path), flags], path);
}

export function mkdirat(path: Buffer, mode: number): SystemCall {
  return call(sys.SYS_mkdirat, [AT_FDCWD, addressFor(path), mode], path);
}

export function getdents(fd: number, into: Buffer): SystemCall {
  return call(sys.SYS_getdents64, [fd, addressFor(into), into.length], into);
}

export function copyFileRange(from: number, to: number, lengthBytes: number): SystemCall {
  return call(sys.SYS_copy_file_range, [from, 0, to, 0, lengthBytes, 0]);
}

export function ficlone(to: number, from: number): SystemCall {
  return call(sys.SYS_ioctl, [to, sys.FICLONE, from]);
}

/** fsetxattr(2). */
export function setAttribute(fd: number, name: Buffer, value: Uint8Array): SystemCall {
  const args = [fd, addressFor(name), addressFor(value), value.length, 0];
  return call(sys.SYS_fsetxattr, args, name, value);
}

/** fgetxattr(2). */
export function getAttribute(fd: number, name: Buffer, into: Buffer): SystemCall {
  return call(sys.SYS_fgetxattr, [fd, addressFor(name), addressFor(into), into.length], name, into);
}

/** flistxattr(2). */
export function listAttributes(fd: number, into: Buffer): SystemCall {
  return call(sys.SYS_flistxattr, [fd, addressFor(into), into.length], into);
}

/** fremovexattr(2). */
export function removeAttribute(fd: number, name: Buffer): SystemCall {
  return call(sys.SYS_fremovexattr, [fd, addressFor(name)], name);
}
