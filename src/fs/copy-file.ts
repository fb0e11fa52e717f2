import {
  EINVAL,
  EISDIR,
  ENOSYS,
  ENOTTY,
  EOPNOTSUPP,
  EPERM,
  EXDEV,
  O_CREAT,
  O_EXCL,
  O_WRONLY,
} from "../sys/index.ts";
import { type Coroutine, type Operation, shield } from "../task/index.ts";
import * as calls from "./calls.ts";
import { failedWith, fileError } from "./errors.ts";
import type { File } from "./file.ts";
import { FileCall } from "./file-operations.ts";
import { open } from "./open.ts";
import { type Path, pathText, type RawPath, rawPath } from "./path.ts";
import { lstat, unlink } from "./paths.ts";
import { Procedure } from "./procedure.ts";
import type { Stats } from "./stats.ts";

/** What the kernel is asked for in one call; it may do less, and can be cancelled in between. */
const RANGE_BYTES = 128 * 1024 * 1024;

/** What goes through our memory where the kernel cannot copy. */
const PIECE_BYTES = 256 * 1024;

/** What the kernel says where it cannot copy between these two files by itself. */
const CANNOT = [EXDEV, EINVAL, EOPNOTSUPP, ENOTTY, ENOSYS, EPERM];

/** How a file is copied. */
export interface CopyOptions {
  /** Fails if there is such a file (EEXIST). Default false: it is overwritten. */
  readonly exclusive?: boolean;
  /** Sharing the blocks until one of both is changed: `try` it, `must` be, or `never`. Default `try`. */
  readonly reflink?: "try" | "must" | "never";
}

/**
 * Copies a file and its permissions: by sharing its blocks (FICLONE) where the file system can, or else in the kernel
 * (copy_file_range(2)). A copy that fails or is cancelled half-way is removed, as Node does; so is what was there before.
 *
 * @throws ENOENT, EISDIR, EEXIST, ENOSPC and what else the system says; ENOTSUP, EXDEV where it must be a reflink
 */
export function copyFile(from: Path, to: Path, options: CopyOptions = {}): Operation<void> {
  return new Procedure("copyFile", function* () {
    const source = yield* open(from);
    try {
      yield* copyTo(rawPath(to), source, options);
    } finally {
      yield* source.close();
    }
  });
}

function* copyTo(
  path: RawPath,
  source: File,
  { exclusive = false, reflink = "try" }: CopyOptions,
): Coroutine<void> {
  const dest = pathText(path);
  const stats = yield* source.stat();
  // It can be opened, and would be found out when the target is empty already.
  if (stats.isDirectory()) throw fileError(-EISDIR, "copyfile", { path: source.path, dest });
  const flags = O_WRONLY | O_CREAT | (exclusive ? O_EXCL : 0);
  const target = yield* open(path, { flags, mode: stats.mode & 0o777 });
  let isWhole = false;
  try {
    const present = yield* target.stat();
    // Cutting a file that is copied to itself would lose it.
    isWhole = isSame(present, stats);
    if (isWhole) return;
    yield* target.truncate();
    yield* copy(source, target, reflink, dest);
    yield* target.chmod(stats.mode & 0o7777);
    isWhole = true;
  } finally {
    if (!isWhole) yield* shield(() => removeCopy(path, target));
    yield* target.close();
  }
}

/** Removes what has become half a copy, if the path is its own and does not lead to it. */
function* removeCopy(path: RawPath, target: File): Coroutine<void> {
  try {
    const [named, present] = [yield* lstat(path), yield* target.stat()];
    if (present.isFile() && isSame(named, present)) yield* unlink(path);
  } catch {
    // What has failed first is what is told.
  }
}

function isSame(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

function* copy(
  from: File,
  to: File,
  reflink: NonNullable<CopyOptions["reflink"]>,
  dest: string,
): Coroutine<void> {
  if (reflink !== "never") {
    try {
      yield* new FileCall(to, calls.ficlone(to.descriptor, from.descriptor), "ioctl", { convert() {} });
      return;
    } catch (error) {
      if (reflink === "must" || !failedWith(error, ...CANNOT))
        throw Object.assign(error as Error, { path: from.path, dest });
    }
  }
  yield* copyInKernel(from, to);
  yield* copyThroughMemory(from, to);
}

/** As far as the kernel can: it cannot between all file systems, and files in /proc seem empty to it. */
function* copyInKernel(from: File, to: File): Coroutine<void> {
  const outcome = { convert: (count: number) => count };
  try {
    for (let count = 1; count > 0; to.position += count, from.position += count) {
      const call = calls.copyFileRange(from.descriptor, to.descriptor, RANGE_BYTES);
      count = yield* new FileCall(to, call, "copy_file_range", outcome);
    }
  } catch (error) {
    if (!failedWith(error, ...CANNOT)) throw error;
  }
}

function* copyThroughMemory(from: File, to: File): Coroutine<void> {
  const memory = Buffer.allocUnsafeSlow(PIECE_BYTES);
  for (let count = yield* from.read(memory); count > 0; count = yield* from.read(memory)) {
    yield* to.write(memory.subarray(0, count));
  }
}
