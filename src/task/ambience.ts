import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { storagePlaces } from "../loop/index.ts";
import type { ContextVariable } from "./context.ts";

/** Values of context variables. It is replaced, never changed, for tasks share it. */
export type Variables = ReadonlyMap<ContextVariable<unknown>, unknown>;

/** What a task runs in, and its children with it, unless they are given something else. */
export interface Ambience {
  /** What AsyncLocalStorage shows while a task of it runs; null where nothing is stored, which costs nothing. */
  readonly frame: AsyncResource | null;
  readonly variables: Variables;
}

const nothing: Variables = new Map();

/** The variables of the tasks, for async functions that tasks call. */
const storage = new AsyncLocalStorage<Variables>();

/** What the code that runs now sees. @param current the ambience of the task that runs, if there is one */
export function captureAmbience(current: Ambience | null | undefined): Ambience | null {
  return ambienceOf(captureFrame(), current ? current.variables : storage.getStore());
}

/** The same with other variables. */
export function withVariables(ambience: Ambience | null, variables: Variables): Ambience | null {
  return ambienceOf(ambience?.frame ?? null, variables);
}

/** The same with a value stored for async functions. */
export function withStore<S>(
  ambience: Ambience | null,
  place: AsyncLocalStorage<S>,
  store: S,
): Ambience | null {
  return ambienceOf(place.run(store, captureFrame), ambience?.variables);
}

/** Calls what is not a coroutine so that it, and what it awaits, sees the variables of a task. */
export function callWithin<R>(ambience: Ambience | null | undefined, work: () => R): R {
  return ambience && ambience.variables.size > 0 ? storage.run(ambience.variables, work) : work();
}

/** The variables that the code sees which runs now, outside tasks. */
export function storedVariables(): Variables {
  return storage.getStore() ?? nothing;
}

function ambienceOf(frame: AsyncResource | null, variables: Variables = nothing): Ambience | null {
  return frame || variables.size > 0 ? { frame, variables } : null;
}

function captureFrame(): AsyncResource | null {
  const frame = new AsyncResource("PentioTask");
  return holdsSomething(frame) ? frame : null;
}

function holdsSomething(resource: AsyncResource): boolean {
  return storagePlaces(resource).some((place) => Reflect.get(resource, place) !== undefined);
}
