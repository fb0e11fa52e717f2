import { type FSWatcher, watch as watchFiles } from "node:fs";
import type { Coroutine } from "../task/index.ts";
import { Gate } from "./gate.ts";
import { type Path, pathText } from "./path.ts";
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
  private readonly path: string;
  private readonly recursive: boolean;
  private readonly gate = new Gate();
  private watcher: FSWatcher | null = null;
  private events: WatchEvent[] = [];
  private error: Error | null = null;

  constructor(path: string, { recursive = false }: WatchOptions) {
    super();
    this.path = path;
    this.recursive = recursive;
    this.begin();
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
    this.watcher?.close();
  }

  private begin(): void {
    this.watcher = watchFiles(this.path, { recursive: this.recursive, persistent: false });
    this.watcher.on("change", (type, name) => {
      this.events.push({ type: type as WatchEvent["type"], name: name === null ? null : String(name) });
      this.gate.open();
    });
    this.watcher.on("error", (error) => {
      this.error = error;
      this.gate.open();
    });
  }
}

/**
 * Changes of a file, or in a folder, as a stream, from now on: `for await (const { name } of watch("inbox"))`. Several changes
 * may be told as one; look at the file for what it is now.
 *
 * @throws ENOENT; ENOSPC and EMFILE where the system allows no further watches (fs.inotify)
 */
export function watch(path: Path, options: WatchOptions = {}): Source<WatchEvent> {
  return new WatchSource(pathText(path), options);
}
