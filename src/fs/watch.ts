import { type FSWatcher, watch as watchFiles } from "node:fs";
import type { Coroutine } from "../task/index.ts";
import { Gate } from "./gate.ts";
import { type Path, type RawPath, rawPath } from "./path.ts";
import { Source } from "./source.ts";

/** Something has changed. */
export interface WatchEvent {
  /** `rename`: a name has come or gone; `change`: contents or attributes have changed. */
  readonly type: "rename" | "change";
  /** Whose, relative to what is watched; null if the system does not say. */
  readonly name: string | null;
}

/** What is watched. */
export interface WatchOptions {
  /** Also all folders below. Default false. */
  readonly recursive?: boolean;
}

/** Node's own watcher, over inotify(7), as a stream: waiting for it keeps the process alive, and nothing else does. */
class WatchSource extends Source<WatchEvent> {
  private readonly gate = new Gate();
  private readonly watcher: FSWatcher;
  private events: WatchEvent[] = [];
  private error: Error | null = null;

  constructor(path: RawPath, { recursive = false }: WatchOptions) {
    super();
    this.watcher = startWatcher(path, { recursive }, (event) => {
      if (event instanceof Error) this.error = event;
      else this.events.push(event);
      this.gate.open();
    });
  }

  protected override *fill(): Coroutine<boolean> {
    while (this.events.length === 0 && !this.error) yield* this.gate.pass();
    if (this.error) throw this.error;
    for (const event of this.events) this.add(event);
    this.events = [];
    return true;
  }

  // biome-ignore lint/correctness/useYield: it waits for nothing
  protected override *release(): Coroutine<void> {
    this.watcher.close();
  }
}

/** Tells changes, or its failure, from now on, without keeping the process alive. @throws ENOENT, ENOSPC, EMFILE */
export function startWatcher(
  path: RawPath,
  { recursive = false }: WatchOptions,
  tell: (event: WatchEvent | Error) => void,
): FSWatcher {
  const watcher = watchFiles(path, { recursive, persistent: false });
  watcher.on("change", (type, name) => {
    tell({ type: type as WatchEvent["type"], name: name === null ? null : String(name) });
  });
  watcher.on("error", tell);
  return watcher;
}

/**
 * Changes of a file, or in a folder, as a stream, from now on: `for await (const { name } of watch("inbox"))`. Several changes
 * may be told as one; look at the file for what it is now.
 *
 * @throws ENOENT; ENOSPC and EMFILE where the system allows no further watches (fs.inotify)
 */
export function watch(path: Path, options: WatchOptions = {}): Source<WatchEvent> {
  return new WatchSource(rawPath(path), options);
}
