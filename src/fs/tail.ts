import type { FSWatcher } from "node:fs";
import { basename } from "node:path";
import { EINVAL, ENOENT } from "../sys/index.ts";
import type { Coroutine } from "../task/index.ts";
import { checkWhole, failedWith } from "./errors.ts";
import type { File } from "./file.ts";
import { Gate } from "./gate.ts";
import { open } from "./open.ts";
import { orNull } from "./or-null.ts";
import { joinPath, type Path, parentPath, type RawPath, rawPath } from "./path.ts";
import { readlink, stat } from "./paths.ts";
import { Source } from "./source.ts";
import { startWatcher, type WatchEvent } from "./watch.ts";

const READ_BYTES = 64 * 1024;

/** The kernel follows no more symbolic links. */
const LINKS_MAX = 40;

/** Where a file is followed from. */
export interface TailOptions {
  /** In bytes, or its present end. Default `end`. */
  readonly from?: number | "end";
}

/** What is appended to a file, under its name: `tail -F`. */
class TailSource extends Source<Buffer> {
  private readonly path: RawPath;
  /** By their text, the folders that are watched: the name's, and those of the files that it leads to. */
  private readonly watchers = new Map<string, FSWatcher>();
  /** The names in them that matter. */
  private names = new Set<string>();
  private readonly changed = new Gate();
  private failure: Error | null = null;
  /** It stays open until another file has the name, for it may still be written to. */
  private file: File | null = null;
  private position: number | "end";
  /** Another file has the name; of this one there is no more than what it has now. */
  private replaced = false;

  constructor(path: RawPath, from: number | "end") {
    super();
    this.path = path;
    this.position = from === "end" ? from : checkWhole(from, "from");
    // Before the first look, so that no change falls in between.
    this.watchFolders([path]);
  }

  protected override *fill(): Coroutine<boolean> {
    this.file ??= yield* open(this.path);
    for (;;) {
      const { file } = this;
      if (yield* this.read(file)) return true;
      if (this.replaced) yield* this.replace(file);
      else yield* this.look(file);
    }
  }

  protected override *release(): Coroutine<void> {
    for (const watcher of this.watchers.values()) watcher.close();
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
  private *look(file: File): Coroutine<void> {
    // What was appended before it was watched has to be read first.
    if (this.watchFolders(yield* this.places())) return;
    const present = yield* file.stat();
    if (present.size < Number(this.position)) {
      this.position = 0;
      return;
    }
    const named = yield* orNull(stat(this.path), ENOENT);
    this.replaced = named !== null && (named.ino !== present.ino || named.dev !== present.dev);
    if (this.replaced) return;
    yield* this.changed.pass();
    if (this.failure) throw this.failure;
  }

  /** Goes on with the file that has the name now. */
  private *replace(old: File): Coroutine<void> {
    const file = yield* orNull(open(this.path), ENOENT);
    this.replaced = false;
    if (!file) return;
    this.file = file;
    this.position = 0;
    yield* old.close();
  }

  /** The path, and where it leads to by symbolic links. */
  private *places(): Coroutine<RawPath[]> {
    const places = [this.path];
    for (let place = this.path; places.length <= LINKS_MAX; places.push(place)) {
      // EINVAL: it is no link.
      const target = yield* orNull(readlink(place), EINVAL, ENOENT);
      if (target === null) break;
      place = target.startsWith("/") ? target : joinPath(parentPath(place), target);
    }
    return places;
  }

  /** @returns whether one was not watched before */
  private watchFolders(places: readonly RawPath[]): boolean {
    const folders = new Map(places.map(parentPath).map((folder) => [folder.toString(), folder]));
    this.names = new Set(places.map((place) => basename(place.toString())));
    for (const [text, watcher] of this.watchers) {
      if (folders.has(text)) continue;
      watcher.close();
      this.watchers.delete(text);
    }
    let isNew = false;
    for (const [text, folder] of folders) {
      if (this.watchers.has(text)) continue;
      isNew = this.watchFolder(text, folder) || isNew;
    }
    return isNew;
  }

  /** @returns whether there is such a folder; the first one must be there */
  private watchFolder(text: string, folder: RawPath): boolean {
    try {
      this.watchers.set(
        text,
        startWatcher(folder, {}, (event) => this.hear(event)),
      );
      return true;
    } catch (error) {
      if (this.watchers.size > 0 && failedWith(error, ENOENT)) return false;
      throw error;
    }
  }

  private hear(event: WatchEvent | Error): void {
    if (event instanceof Error) this.failure = event;
    else if (event.name !== null && !this.names.has(event.name)) return;
    this.changed.open();
  }
}

/**
 * What is written to the end of a file from now on, as a stream that does not end by itself: `tail -F`. A file that is cut is
 * read from its start; when another file gets the name, such as after a log was rotated, that one is read from its start, and
 * the old one to its end before. Symbolic links are followed. `lines(tail(path))` gives lines.
 *
 * @throws ENOENT if there is no such file at first, EACCES; ERR_OUT_OF_RANGE
 */
export function tail(path: Path, { from = "end" }: TailOptions = {}): Source<Buffer> {
  return new TailSource(rawPath(path), from);
}
