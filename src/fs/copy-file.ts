import { EINVAL, ENOSYS, ENOTTY, EOPNOTSUPP, EPERM, EXDEV, O_CREAT, O_EXCL, O_WRONLY } from "../sys/index.ts";
import type { Coroutine, Operation } from "../task/index.ts";
import * as calls from "./calls.ts";
import type { File } from "./file.ts";
import { FileCall } from "./file-operations.ts";
import { open } from "./open.ts";
import { type Path, pathText } from "./path.ts";
import { Procedure } from "./procedure.ts";

/** What the kernel is asked for in one call; it may do less, and can be cancelled in between. */
const RANGE_BYTES = 128 * 1024 * 1024;

/** What goes through our memory where the kernel cannot copy. */
const PIECE_BYTES = 256 * 1024;

/** What the kernel says where it cannot copy between these two files by itself. */
const CANNOT = new Set([EXDEV, EINVAL, EOPNOTSUPP, ENOTTY, ENOSYS, EPERM]);

/** How a file is copied. */
export interface CopyOptions {
  /** Fails if there is such a file (EEXIST). Default false: it is overwritten. */
  readonly exclusive?: boolean;
  /** Sharing the blocks until one of both is changed: `try` it, `must` be, or `never`. Default `try`. */
  readonly reflink?: "try" | "must" | "never";
}

/**
 * Copies a file and its permissions: by sharing its blocks (FICLONE) where the file system can, or else in the kernel
 * (copy_file_range(2)).
 *
 * @throws ENOENT, EEXIST, ENOSPC and what else the system says; EOPNOTSUPP, EXDEV where it must be a reflink
 */
export function copyFile(from: Path, to: Path, options: CopyOptions = {}): Operation<void> {
  const { exclusive = false, reflink = "try" } = options;
  return new Procedure("copyFile", function* () {
    const source = yield* open(from);
    try {
      const { mode, dev, ino } = yield* source.stat();
      const flags = O_WRONLY | O_CREAT | (exclusive ? O_EXCL : 0);
      const target = yield* open(to, { flags, mode: mode & 0o777 });
      try {
        const present = yield* target.stat();
        // Cutting a file that is copied to itself would lose it.
        if (present.dev === dev && present.ino === ino) return;
        yield* target.truncate();
        yield* copy(source, target, reflink, pathText(to));
        yield* target.chmod(mode & 0o7777);
      } finally {
        yield* target.close();
      }
    } finally {
      yield* source.close();
    }
  });
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
      if (reflink === "must" || !cannot(error))
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
    if (!cannot(error)) throw error;
  }
}

function* copyThroughMemory(from: File, to: File): Coroutine<void> {
  const memory = Buffer.allocUnsafeSlow(PIECE_BYTES);
  for (let count = yield* from.read(memory); count > 0; count = yield* from.read(memory)) {
    yield* to.write(memory.subarray(0, count));
  }
}

function cannot(error: unknown): boolean {
  const { errno = 0 } = error as NodeJS.ErrnoException;
  return CANNOT.has(-errno);
}
