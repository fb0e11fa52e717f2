import { parse } from "node:path";
import { checkNumber, outOfRange } from "../sync/index.ts";

/** How a call of a function in a worker is to be made. */
export interface CallOptions {
  /**
   * Milliseconds that the call may run, from when a worker that is ready begins with it (`startMs` of the executor bounds the
   * time before): then the worker is ended, whatever it does, and the
   * future fails with a TimeoutError. Default: Infinity.
   */
  readonly timeoutMs?: number;
  /** What waits with a higher number is begun first, among equals what came first. Default: 0. */
  readonly priority?: number;
}

/** What workers know a function by; they are told once. */
export interface FunctionPlace {
  readonly id: number;
  /** The module's URL. */
  readonly module: string;
  /** What workers on other hosts know the module by. */
  readonly moduleName: string;
  readonly name: string;
}

/** How {@link workerModule} finds a module. */
export interface WorkerModuleOptions {
  /** What workers on other hosts know the module by. Default: the file's name without its extension. */
  readonly name?: string;
}

declare const signature: unique symbol;

/** A function that a module exports, to be called in a worker: by {@link workerModule}. */
export class WorkerFunction<A extends readonly unknown[], R> {
  /** For the types alone. */
  declare readonly [signature]: (...args: A) => R;
  /** @internal */
  readonly place: FunctionPlace;
  /** @internal Milliseconds. */
  readonly timeoutMs: number;
  /** @internal */
  readonly priority: number;

  /** @internal Use {@link workerModule}. */
  constructor(
    place: FunctionPlace,
    { timeoutMs = Number.POSITIVE_INFINITY, priority = 0 }: CallOptions = {},
  ) {
    this.place = place;
    this.timeoutMs = checkNumber("timeoutMs", timeoutMs);
    this.priority = checkNumber("priority", priority);
    if (!(timeoutMs > 0)) throw outOfRange("timeoutMs", "more than 0", timeoutMs);
    if (Number.isNaN(priority)) throw outOfRange("priority", "a number", priority);
  }

  /** The function's name, for messages. */
  get name(): string {
    return this.place.name;
  }

  /**
   * The same function, called otherwise.
   *
   * @throws ERR_OUT_OF_RANGE for a timeout that is not more than 0, ERR_INVALID_ARG_TYPE for what is no number
   */
  with(options: CallOptions): WorkerFunction<A, R> {
    return new WorkerFunction(this.place, options);
  }
}

/** The functions of a module as workers' functions. */
export type WorkerModule<M> = {
  readonly [K in keyof M as M[K] extends (...args: never[]) => unknown ? K : never]: M[K] extends (
    ...args: infer A
  ) => infer R
    ? WorkerFunction<A, Awaited<R>>
    : never;
};

let lastId = 0;

/**
 * The functions that a module exports, to be called in workers, with the types of their arguments and results:
 *
 * ```
 * const tasks = workerModule<typeof import('./tasks.ts')>(new URL("./tasks.js", import.meta.url));
 * const future = executor.submit(tasks.hash, "/etc/hosts");
 * ```
 *
 * The module is loaded by the workers, at the first call, and not here. That a function is missing is found then.
 *
 * @param url where the module is, as `import()` takes it
 * @param options of effect with `pentio/distributed` only, whose workers find the module by a name
 * @throws ERR_INVALID_ARG_TYPE for what is no absolute URL
 */
export function workerModule<M>(url: URL | string, options: WorkerModuleOptions = {}): WorkerModule<M> {
  if (!URL.canParse(String(url))) {
    const error = new TypeError(
      `workerModule() takes an absolute URL, not ${String(url)}: new URL("./tasks.js", import.meta.url)`,
    );
    throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
  }
  const module = String(url);
  const { name: nameElsewhere = moduleName(module) } = options;
  const functions = new Map<string, WorkerFunction<unknown[], unknown>>();
  return new Proxy({} as WorkerModule<M>, {
    get: (_, name) => {
      // A module with a function of this name would be taken for a promise.
      if (typeof name === "symbol" || name === "then") return undefined;
      let found = functions.get(name);
      if (!found) {
        found = new WorkerFunction({ id: ++lastId, module, moduleName: nameElsewhere, name });
        functions.set(name, found);
      }
      return found;
    },
  });
}

/** What a module is called: the name of its file, without the extension. @param url an absolute URL */
export function moduleName(url: string): string {
  return parse(new URL(url).pathname).name;
}

/**
 * @throws ERR_INVALID_ARG_TYPE with the remedy for functions themselves: a worker has its own memory, and what a function
 *   closes over stays behind
 */
export function checkFunction(value: unknown): void {
  if (value instanceof WorkerFunction) return;
  const subject = typeof value === "function" ? `the function ${value.name || "(anonymous)"}` : typeof value;
  const error = new TypeError(
    `A worker cannot be given ${subject}: it has a memory of its own, where no closure reaches. Export the function from a module, and submit workerModule<typeof import('./tasks.ts')>(new URL("./tasks.js", import.meta.url)).NAME`,
  );
  throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}
