import { ESPIPE } from "../sys/index.ts";
import type { Coroutine, Operation } from "../task/index.ts";
import { wrongType } from "./errors.ts";
import type { File } from "./file.ts";
import type { OpenFlags } from "./flags.ts";
import { open } from "./open.ts";
import { type Path, rawPath } from "./path.ts";
import { Procedure } from "./procedure.ts";
import { replaceFile } from "./replace-file.ts";

/** Files up to this length are read without asking for it first. */
const GUESS_BYTES = 64 * 1024;

/** Memory for guesses, kept for the next file. */
const guesses: Buffer[] = [];
const GUESSES_MAX = 64;

/** How a file is written as a whole. */
export interface WriteFileOptions {
  /** Permissions of a file that is made, less the umask. Default 0o666; of a file that is replaced, its own. */
  readonly mode?: number;
  /** In Node's words. Default `w`. */
  readonly flags?: OpenFlags | number;
  /** Waits until it is on the disk. Default: as `atomic`. */
  readonly sync?: boolean;
  /**
   * The file is replaced at once: whoever opens it finds what it was or what it is to be, whole, even after a power failure
   * (if `sync` is not switched off). A symbolic link is replaced by a file. Default false.
   */
  readonly atomic?: boolean;
}

/**
 * Reads a whole file; of a pipe, all that comes until its other end is closed.
 *
 * @param encoding such as `utf8`, for text instead of a Buffer
 * @throws ENOENT, EISDIR, EACCES and what else the system says
 */
export function readFile(path: Path): Operation<Buffer>;
export function readFile(path: Path, encoding: BufferEncoding): Operation<string>;
export function readFile(path: Path, encoding?: BufferEncoding): Operation<Buffer | string> {
  return new Procedure("readFile", function* () {
    const file = yield* open(path);
    try {
      const bytes = yield* readAll(file);
      return encoding ? bytes.toString(encoding) : bytes;
    } finally {
      yield* file.close();
    }
  });
}

/**
 * Writes a whole file; text as UTF-8.
 *
 * @throws ENOSPC, EACCES, EROFS and what else the system says. With `atomic`, the file is then what it was
 */
export function writeFile(
  path: Path,
  data: Uint8Array | string,
  options: WriteFileOptions = {},
): Operation<void> {
  const bytes = checkData(data);
  return new Procedure("writeFile", () =>
    options.atomic ? replaceFile(rawPath(path), bytes, options) : write(path, bytes, options),
  );
}

/** Writes at the end of a file, which is made if there is none. @throws ENOSPC, EACCES and what else the system says */
export function appendFile(
  path: Path,
  data: Uint8Array | string,
  options: Omit<WriteFileOptions, "atomic" | "flags"> = {},
): Operation<void> {
  return writeFile(path, data, { ...options, flags: "a" });
}

/** All that a file has from its start; its size is but a guess, for files in /proc have none and others grow. */
function* readAll(file: File): Coroutine<Buffer> {
  const guess = guesses.pop() ?? Buffer.allocUnsafeSlow(GUESS_BYTES);
  let lengthBytes: number;
  try {
    lengthBytes = yield* file.read(guess, { position: 0 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).errno !== -ESPIPE) throw error;
    return yield* readToEnd(file, guess);
  }
  const begin = Buffer.from(guess.subarray(0, lengthBytes));
  if (guesses.length < GUESSES_MAX) guesses.push(guess);
  if (lengthBytes < GUESS_BYTES) return begin;
  const { size } = yield* file.stat();
  // One byte more than there should be, so that reading stops at the end.
  let bytes = Buffer.allocUnsafeSlow(Math.max(size, GUESS_BYTES) + 1);
  begin.copy(bytes);
  for (let done = lengthBytes; ; ) {
    const rest = bytes.subarray(done);
    const count = yield* file.read(rest, { position: done });
    done += count;
    if (count < rest.length) return bytes.subarray(0, done);
    bytes = Buffer.concat([bytes], 2 * bytes.length);
  }
}

/** All that comes out of a pipe or the like, until nobody has it open for writing. */
function* readToEnd(file: File, memory: Buffer): Coroutine<Buffer> {
  const parts: Buffer[] = [];
  for (;;) {
    const count = yield* file.read(memory);
    if (count === 0) return Buffer.concat(parts);
    parts.push(Buffer.from(memory.subarray(0, count)));
  }
}

function* write(path: Path, bytes: Uint8Array, options: WriteFileOptions): Coroutine<void> {
  const { flags = "w", mode = 0o666, sync = false } = options;
  const file = yield* open(path, { flags, mode });
  try {
    yield* file.write(bytes);
    if (sync) yield* file.sync();
  } finally {
    yield* file.close();
  }
}

function checkData(data: Uint8Array | string): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  throw wrongType("What is written is text, a Buffer or another Uint8Array");
}
