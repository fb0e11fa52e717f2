import type { Coroutine } from "../task/index.ts";
import { File } from "./file.ts";
import { open } from "./open.ts";
import type { Path } from "./path.ts";
import { Source } from "./source.ts";

/** A stream of one file: an open one, which stays open, or a path, which is opened when the stream is first asked. */
export abstract class FileSource<T> extends Source<T> {
  private readonly given: File | Path;
  private file: File | null = null;

  constructor(file: File | Path) {
    super();
    this.given = file;
  }

  protected *opened(): Coroutine<File> {
    this.file ??= this.given instanceof File ? this.given : yield* open(this.given);
    return this.file;
  }

  protected override *release(): Coroutine<void> {
    if (this.file && this.file !== this.given) yield* this.file.close();
  }
}
