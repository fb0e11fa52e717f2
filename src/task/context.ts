import type { AsyncLocalStorage } from "node:async_hooks";
import { storedVariables, type Variables, withStore, withVariables } from "./ambience.ts";
import type { Waitable } from "./coroutine.ts";
import type { Operation } from "./operation.ts";
import { scopeWithin } from "./scope.ts";
import { Task } from "./task.ts";

/**
 * A variable whose value belongs to a task and is handed down the tree: a child begins with the values that its parent had
 * when it was spawned. Async functions that a task calls by `call` see it too, and so does a tree that is started there.
 *
 * Setting one costs a copy of the task's few variables; a task that sets none costs nothing.
 */
export class ContextVariable<T> {
  /** For messages. */
  readonly name: string;
  private readonly defaults: readonly T[];

  /** @param defaults its value where none was set; without one, `get` throws there */
  constructor(name: string, ...defaults: [] | [T]) {
    this.name = name;
    this.defaults = defaults;
  }

  /** @throws ERR_CONTEXT_NOT_SET if it has neither a value here nor a default */
  get(): T {
    const variables = currentVariables();
    if (variables.has(this as ContextVariable<unknown>))
      return variables.get(this as ContextVariable<unknown>) as T;
    if (this.defaults.length === 1) return this.defaults[0] as T;
    const message = `The context variable ${this.name} has no value here: set it in this task or above, or give it a default`;
    throw Object.assign(new Error(message), { code: "ERR_CONTEXT_NOT_SET" });
  }

  /**
   * Sets it for the task that runs, and for the children that it spawns from now on.
   *
   * @throws ERR_INVALID_STATE outside a coroutine
   */
  set(value: T): void {
    const task = Task.expect("A context variable is set by a task");
    task.ambience = withVariables(task.ambience, this.added(value));
  }

  /** Runs something in which it has a value; outside, nothing changes. */
  with<R>(value: T, body: Waitable<R>): Operation<R> {
    return scopeWithin(body, (ambience) => withVariables(ambience, this.added(value)), `${this.name}.with`);
  }

  private added(value: T): Variables {
    return new Map(currentVariables()).set(this as ContextVariable<unknown>, value);
  }
}

/**
 * Runs something for which an AsyncLocalStorage has a value: what `storage.run` does for async functions. Coroutines see
 * those storages as they were where their tree was started, wherever they go on.
 */
export function runInStorage<S, R>(storage: AsyncLocalStorage<S>, store: S, body: Waitable<R>): Operation<R> {
  return scopeWithin(body, (ambience) => withStore(ambience, storage, store), "runInStorage");
}

function currentVariables(): Variables {
  const task = Task.current;
  if (!task) return storedVariables();
  return task.ambience?.variables ?? new Map();
}
