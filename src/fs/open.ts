import type { Loop, ModelChoice } from "../loop/index.ts";
import { O_DIRECT, O_RDWR, O_TMPFILE } from "../sys/index.ts";
import { currentLoop, type Operation } from "../task/index.ts";
import { CallOperation } from "./call-operation.ts";
import * as calls from "./calls.ts";
import { File } from "./file.ts";
import { type OpenFlags, openFlags } from "./flags.ts";
import { type Path, pathBytes, pathText } from "./path.ts";

/** How a file is opened. */
export interface OpenOptions {
  /** In Node's words, or the bits of open(2). Default `r`. */
  readonly flags?: OpenFlags | number;
  /** Permissions of a file that is made, less the umask. Default 0o666. */
  readonly mode?: number;
  /** Transfers go past the page cache (O_DIRECT), into and out of `alignedBuffer()`s. Default false. */
  readonly direct?: boolean;
  /** The I/O model, where the task that runs does not decide it. */
  readonly model?: ModelChoice;
}

class OpenOperation extends CallOperation<File> {
  private readonly model: ModelChoice | undefined;

  /** @param text the path that errors tell */
  constructor(
    path: Path,
    flags: number,
    { mode = 0o666, direct, model }: OpenOptions,
    text = pathText(path),
  ) {
    const bits = openFlags(flags) | (direct ? O_DIRECT : 0);
    super(
      calls.openat(pathBytes(path), bits, mode),
      "open",
      { path: text },
      {
        convert: (descriptor, loop) => new File(loop, descriptor, text, bits),
        giveBack: (file) => void file.close().then(),
      },
    );
    this.model = model;
  }

  protected override started(): Loop {
    const loop = currentLoop(this.model);
    loop.ref();
    return loop;
  }
}

/**
 * Opens a file: `const file = yield* open("data.log", "a+")`.
 *
 * @param how flags in Node's words, or the bits of open(2), or options
 * @throws ENOENT, EACCES, EEXIST, EISDIR, EMFILE and what else the system says; ERR_INVALID_ARG_VALUE,
 *   ERR_INVALID_ARG_TYPE
 */
export function open(path: Path, how: OpenFlags | number | OpenOptions = {}): Operation<File> {
  const options = typeof how === "object" ? how : { flags: how };
  return new OpenOperation(path, openFlags(options.flags ?? "r"), options);
}

/**
 * Opens a new file for reading and writing that has no name, and is gone when it is closed unless `file.linkTo()` gives it
 * one: O_TMPFILE.
 *
 * @param folder on whose file system
 * @throws ENOTSUP where the file system has no such files
 */
export function openTemporary(folder: Path, options: Omit<OpenOptions, "flags"> = {}): Operation<File> {
  return new OpenOperation(folder, O_TMPFILE | O_RDWR, { mode: 0o600, ...options });
}

/** @internal Makes a new file that stands in for another, whose path its errors tell. */
export function openInPlaceOf(target: Path, path: Path, mode: number): Operation<File> {
  return new OpenOperation(path, openFlags("wx"), { mode }, pathText(target));
}
