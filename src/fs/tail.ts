import { basename, dirname } from "node:path";
import { ENOENT } from "../sys/index.ts";
import type { Coroutine } from "../task/index.ts";
import { checkWhole } from "./errors.ts";
import type { File } from "./file.ts";
import { open } from "./open.ts";
import { type Path, pathText } from "./path.ts";
import { stat } from "./paths.ts";
import { Source } from "./source.ts";
import { type WatchEvent, watch } from "./watch.ts";

const READ_BYTES = 64 * 1024;

/** Where a file is followed from. */
export interface TailOptions {
  /** In bytes, or its present end. Default `end`. */
  readonly from?: number | "end";
}

/** What is appended to a file, under its name: `tail -F`. */
class TailSource extends Source<Buffer> {
  private readonly path: string;
  private readonly changes: Source<WatchEvent>;
  private file: File | null = null;
  private position: number | "end";
  /** Another file has the name; of this one there is no more than what it has now. */
  private replaced = false;

  constructor(path: string, from: number | "end") {
    super();
    this.path = path;
    this.position = from === "end" ? from : checkWhole(from, "from");
    // Before the first look, so that no change falls in between.
    this.changes = watch(dirname(path));
  }

  protected override *fill(): Coroutine<boolean> {
    this.file ??= yield* open(this.path);
    for (;;) {
      if (this.file && (yield* this.read(this.file))) return true;
      if (this.replaced) yield* this.leave();
      else yield* this.look();
    }
  }

  protected override *release(): Coroutine<void> {
    yield* this.changes.return();
    if (this.file) yield* this.file.close();
  }

  /** @returns whether there was something new */
  private *read(file: File): Coroutine<boolean> {
    if (this.position === "end") this.position = (yield* file.stat()).size;
    const memory = Buffer.allocUnsafeSlow(READ_BYTES);
    const { position } = this;
    const count = yield* file.read(memory, { position });
    if (count === 0) return false;
    this.position = position + count;
    this.add(memory.subarray(0, count));
    return true;
  }

  /** Waits for a change, unless the file was cut or replaced already. */
  private *look(): Coroutine<void> {
    if (this.file) {
      const present = yield* this.file.stat();
      if (present.size < Number(this.position)) {
        this.position = 0;
        return;
      }
      const named = yield* this.named();
      this.replaced = named === null || named.ino !== present.ino || named.dev !== present.dev;
      if (this.replaced) return;
    } else if (yield* this.named()) {
      this.file = yield* open(this.path);
      this.position = 0;
      return;
    }
    for (;;) {
      const { value } = yield* this.changes.next();
      if (!value || value.name === null || value.name === basename(this.path)) return;
    }
  }

  private *named() {
    try {
      return yield* stat(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).errno === -ENOENT) return null;
      throw error;
    }
  }

  private *leave(): Coroutine<void> {
    const { file } = this;
    this.file = null;
    this.replaced = false;
    if (file) yield* file.close();
  }
}

/**
 * What is written to the end of a file from now on, as a stream that does not end by itself: `tail -F`. A file that is cut is
 * read from its start; when another file gets the name, such as after a log was rotated, that one is read from its start, and
 * the old one to its end before. `lines(tail(path))` gives lines.
 *
 * @throws ENOENT if there is no such file at first, EACCES; ERR_OUT_OF_RANGE
 */
export function tail(path: Path, { from = "end" }: TailOptions = {}): Source<Buffer> {
  return new TailSource(pathText(path), from);
}
