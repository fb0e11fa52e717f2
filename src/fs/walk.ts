import { ENOENT, ENOTDIR } from "../sys/index.ts";
import type { Coroutine, Operation } from "../task/index.ts";
import { Detached } from "./detached.ts";
import { type Entry, openFolder, readEntries } from "./entries.ts";
import { type FileError, failedWith } from "./errors.ts";
import type { File } from "./file.ts";
import { type Path, type RawPath, rawPath } from "./path.ts";
import { Procedure } from "./procedure.ts";
import { Source } from "./source.ts";
import { Started, stopAll } from "./started.ts";

/** How a tree of folders is walked. */
export interface WalkOptions {
  /** Folders that are read at once, 1 or more. Default 16. */
  readonly concurrency?: number;
  /** Whether to go into a folder. Default: into all. Symbolic links are never followed. */
  readonly enter?: (folder: Entry) => boolean;
  /** Is told of a folder that cannot be read, which is passed over then. Default: the walk fails with the error. */
  readonly onError?: (error: FileError) => void;
}

/** What a folder holds, as a stream: however many there are, some hundred are in memory. */
class FolderSource extends Source<Entry> {
  private readonly path: RawPath;
  private folder: File | null = null;
  /** The next entries on their way: the kernel gives each once, so a wait that is cancelled may not take them along. */
  private reading: Started<Entry[] | null> | null = null;

  constructor(path: RawPath) {
    super();
    this.path = path;
  }

  protected override *fill(): Coroutine<boolean> {
    this.folder ??= yield* openFolder(this.path);
    const { folder } = this;
    for (;;) {
      this.reading ??= new Started(new Detached("scandir", () => readEntries(folder, this.path)));
      const entries = yield* this.reading.join();
      this.reading = null;
      if (entries === null) return false;
      for (const entry of entries) this.add(entry);
      if (entries.length > 0) return true;
    }
  }

  protected override *release(): Coroutine<void> {
    if (this.reading) yield* this.reading.stop();
    if (this.folder) yield* this.folder.close();
  }
}

/** What a tree of folders holds, several being read ahead. */
class TreeSource extends Source<Entry> {
  private readonly concurrency: number;
  private readonly enter: (folder: Entry) => boolean;
  private readonly onError: WalkOptions["onError"];
  private readonly root: RawPath;
  private readonly waiting: RawPath[];
  private readonly reading: Started<Entry[]>[] = [];

  constructor(path: RawPath, { concurrency = 16, enter = () => true, onError }: WalkOptions) {
    super();
    this.root = path;
    this.waiting = [path];
    this.concurrency = concurrency;
    this.enter = enter;
    this.onError = onError;
  }

  protected override *fill(): Coroutine<boolean> {
    for (;;) {
      this.readAhead();
      const next = this.reading[0];
      if (!next) return false;
      const entries = yield* next.join();
      this.reading.shift();
      for (const entry of entries) {
        this.add(entry);
        if (entry.isDirectory() && this.enter(entry)) this.waiting.push(entry.rawPath);
      }
      if (entries.length > 0) return true;
    }
  }

  protected override *release(): Coroutine<void> {
    yield* stopAll(this.reading);
  }

  private readAhead(): void {
    while (this.reading.length < this.concurrency && this.waiting.length > 0) {
      const path = this.waiting.shift()!;
      this.reading.push(new Started(new Detached("scandir", () => this.list(path))));
    }
  }

  private *list(path: RawPath): Coroutine<Entry[]> {
    try {
      return yield* list(path);
    } catch (error) {
      // It was there when its own folder was read.
      const hasVanished = path !== this.root && failedWith(error, ENOENT, ENOTDIR);
      if (!hasVanished && !this.onError) throw error;
      if (!hasVanished) this.onError!(error as FileError);
      return [];
    }
  }
}

/**
 * What a folder holds, in the order of the file system, as a stream.
 *
 * @throws ENOENT, ENOTDIR, EACCES, when it is first asked
 */
export function entries(path: Path): Source<Entry> {
  return new FolderSource(rawPath(path));
}

/**
 * What a folder holds and all folders below it, as a stream: a folder before what is in it, several being read at once. A
 * folder below that vanishes meanwhile is passed over.
 *
 * @throws ENOENT, ENOTDIR, EACCES
 */
export function walk(path: Path, options: WalkOptions = {}): Source<Entry> {
  return new TreeSource(rawPath(path), options);
}

/** All entries of one folder. */
export function listFolder(path: RawPath): Operation<Entry[]> {
  return new Procedure("scandir", () => list(path));
}

function* list(path: RawPath): Coroutine<Entry[]> {
  const folder = yield* openFolder(path);
  try {
    const all: Entry[] = [];
    for (let some: Entry[] | null = []; some; some = yield* readEntries(folder, path)) all.push(...some);
    return all;
  } finally {
    yield* folder.close();
  }
}
