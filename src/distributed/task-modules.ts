import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type AnyFunction, moduleName, type WorkerModule, workerModule } from "../executors/index.ts";
import type { JobData } from "./job-data.ts";

type AnyModule = Record<string, (...args: never[]) => unknown>;

/** The modules whose functions a worker calls, and no others: who may write to Redis may not thereby choose what is loaded. */
export class TaskModules {
  private readonly modules = new Map<string, WorkerModule<AnyModule>>();

  /**
   * @param sources each a file, a URL, or a name of Node's own (`node:path`), by its own name or as `NAME=FILE`
   * @throws ERR_INVALID_ARG_VALUE for no sources, for files that are missing, and for two of one name
   */
  constructor(sources: readonly string[]) {
    if (sources.length === 0) throw wrong("Modules are missing: --modules ./dist/tasks.js");
    for (const source of sources) this.add(source);
  }

  /** What they are called. */
  get names(): readonly string[] {
    return [...this.modules.keys()];
  }

  /** The function of a job. @throws ERR_INVALID_ARG_VALUE if its module is none of these */
  find({ module, name, timeoutMs }: JobData): AnyFunction {
    const found = this.modules.get(module);
    if (found) return found[name]!.with({ timeoutMs: timeoutMs ?? Number.POSITIVE_INFINITY }) as AnyFunction;
    throw wrong(
      `This worker knows no module "${module}", but ${this.names.join(", ")}. Start it with --modules ${module}=FILE, or have another worker serve another queue`,
    );
  }

  private add(source: string): void {
    const [, name, place] = /^(?:([\w.-]+)=)?(.+)$/s.exec(source)!;
    const url = urlOf(place!);
    const key = name ?? moduleName(url);
    if (this.modules.has(key))
      throw wrong(`Two modules are called "${key}": give one another name, NAME=${place}`);
    this.modules.set(key, workerModule<AnyModule>(url));
  }
}

function urlOf(place: string): string {
  const path = resolve(place);
  if (existsSync(path)) return pathToFileURL(path).href;
  if (URL.canParse(place) && !place.startsWith("file:")) return place;
  throw wrong(`There is no module ${path}`);
}

function wrong(message: string): Error {
  return Object.assign(new Error(message), { code: "ERR_INVALID_ARG_VALUE" });
}
