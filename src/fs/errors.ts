import { getSystemErrorMap } from "node:util";
import {
  EFBIG,
  EINVAL,
  EMFILE,
  ENAMETOOLONG,
  ENFILE,
  ENOSPC,
  EROFS,
  type SystemError,
} from "../sys/index.ts";

/** The error of a file's system call. */
export interface FileError extends SystemError {
  /** Of calls with two paths: the second one. */
  dest?: string;
}

/** What a call was about, for its error. */
export interface Subject {
  readonly path?: string | undefined;
  readonly dest?: string | undefined;
}

/** What the program can do about it, where the code alone does not say so. */
const remedies = new Map<number, string>([
  [EMFILE, "close files, or raise the limit, ulimit -n"],
  [ENFILE, "the whole system has no descriptor left; close files, or raise fs.file-max"],
  [ENOSPC, "free some space on the file system; what was written before is still there"],
  [EFBIG, "the limit is that of the process, ulimit -f, or of the file system"],
  [EROFS, "the file system is mounted read-only"],
  [ENAMETOOLONG, "a path has at most 4,095 bytes, a name in it 255"],
]);

/**
 * The error of a failed call in the shape of Node's own: `ENOENT: no such file or directory, open '/x'`, with `code`,
 * `errno`, `syscall`, `path` and `dest`.
 *
 * @param result -errno
 */
export function fileError(
  result: number,
  syscall: string,
  subject: Subject = {},
  remedy?: string,
): FileError {
  const [code, text] = getSystemErrorMap().get(result) ?? [`E${-result}`, "unknown error"];
  const { path, dest } = subject;
  const where = (path === undefined ? "" : ` '${path}'`) + (dest === undefined ? "" : ` -> '${dest}'`);
  const help = remedy ?? remedies.get(-result);
  const error = new Error(`${code}: ${text}, ${syscall}${where}${help ? ` (${help})` : ""}`);
  return Object.assign(error, { errno: result, code, syscall, ...subject }) as FileError;
}

/** Whether a system call has failed with one of these. */
export function failedWith(error: unknown, ...errnos: number[]): boolean {
  const { errno = 0 } = error as NodeJS.ErrnoException;
  return errnos.includes(-errno);
}

/** What to do where a file was opened past the page cache. */
export function directRemedy(result: number): string | undefined {
  if (result !== -EINVAL) return undefined;
  return "past the page cache, position, length and memory must be multiples of 4096: see alignedBuffer()";
}

/** @throws ERR_OUT_OF_RANGE for what is no position, length or count: a whole number, 0 to 2^53 - 1 */
export function checkWhole(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  if (typeof value !== "number") throw wrongType(`${name} must be a number, not ${typeof value}`);
  throw outOfRange(`${name} must be a whole number from 0 to 2^53 - 1, not ${value}`);
}

export function outOfRange(message: string): Error {
  return Object.assign(new RangeError(message), { code: "ERR_OUT_OF_RANGE" });
}

export function wrongType(message: string): Error {
  return Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_TYPE" });
}

export function wrongValue(message: string): Error {
  return Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_VALUE" });
}

/** The memory of a transfer is not what it was. */
export function takenAway(what: string): Error {
  const message = `The memory of a ${what} was transferred or resized in the meantime; it must stay as it is until then`;
  return Object.assign(new Error(message), { code: "ERR_INVALID_STATE" });
}
