import { encodeError } from "./error-codec.ts";
import { type Answer, type CallMessage, FAILURE, READY, RESULT, UNUSABLE, type Welcome } from "./messages.ts";

type Fn = (...args: readonly unknown[]) => unknown;

/** Imports a module: its exports. */
export type Load = (module: string) => Promise<Record<string, unknown>>;

/** In a worker: the functions that it was told of, and how they are called. */
export class Performer {
  private readonly functions = new Map<number, Fn>();
  /** Where functions are, also such as could not be loaded. */
  private readonly places = new Map<number, readonly [module: string, name: string]>();
  private readonly load: Load;

  /** @param load imports a module */
  constructor(load: Load) {
    this.load = load;
  }

  /** Calls the initializer, if there is one. @returns what the worker says first */
  async begin({ initializer }: Welcome): Promise<Answer> {
    if (initializer === null) return [READY];
    const [kind, outcome] = await this.perform(initializer);
    return kind === FAILURE ? [UNUSABLE, outcome] : [READY];
  }

  /** Makes a call. @returns the answer, at once if the function is known and gives no promise */
  perform(message: CallMessage): Answer | Promise<Answer> {
    const [id, args, isChunk] = message;
    const fn = this.functions.get(id);
    if (fn === undefined) return this.performLater(message);
    if (isChunk) return performChunk(fn, args as readonly (readonly unknown[])[]);
    let result: unknown;
    try {
      result = fn(...args);
    } catch (error) {
      return failure(error);
    }
    return isPromise(result) ? result.then(success, failure) : success(result);
  }

  private async performLater(message: CallMessage): Promise<Answer> {
    const [id, , , newModule, newName] = message;
    if (newModule !== undefined) this.places.set(id, [newModule, newName!]);
    const [module, name] = this.places.get(id)!;
    try {
      const fn = (await this.load(module))[name];
      if (typeof fn !== "function") throw missing(module, name);
      this.functions.set(id, fn as Fn);
    } catch (error) {
      return failure(error);
    }
    return this.perform(message);
  }
}

async function performChunk(fn: Fn, inputs: readonly (readonly unknown[])[]): Promise<Answer> {
  const results: unknown[] = [];
  try {
    for (const args of inputs) {
      const result = fn(...args);
      results.push(isPromise(result) ? await result : result);
    }
  } catch (error) {
    return failure(error);
  }
  return success(results);
}

function success(result: unknown): Answer {
  return [RESULT, result];
}

/** The answer that something was thrown. */
export function failure(error: unknown): readonly [typeof FAILURE, ReturnType<typeof encodeError>] {
  return [FAILURE, encodeError(error)];
}

function missing(module: string, name: string): Error {
  const error = new TypeError(`${module} exports no function "${name}": export it, and as a value`);
  return Object.assign(error, { code: "ERR_INVALID_ARG_VALUE" });
}

export function isPromise<T>(value: T | PromiseLike<T>): value is Promise<T> {
  return typeof (value as PromiseLike<T> | null | undefined)?.then === "function";
}
