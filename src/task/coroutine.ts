import { AnyGenerator, type Coroutine, Operation, type Suspension } from "./operation.ts";
import type { Task } from "./task.ts";

/** What a task runs: `function* () { … }`, or a function that makes one operation, `() => sleep(1)`. */
export type Body<T> = () => Coroutine<T> | Operation<T>;

/**
 * Something that can be waited for: an operation, a task, a coroutine (`fetchPage(url)`), or a function that makes one. A
 * coroutine runs as a child of the task that waits. For promises there is `until`.
 */
export type Waitable<T> = Operation<T> | Task<T> | Coroutine<T> | Body<T>;

/** What waiting for something gives. */
export type ResultOf<W> = W extends () => infer R
  ? ResultOf<R>
  : W extends Operation<infer R> | Task<infer R> | Generator<Suspension, infer R, unknown>
    ? R
    : never;

/**
 * Makes the coroutine; nothing of its body has run yet.
 *
 * @param caller the function that was given it, for the error
 * @throws ERR_INVALID_ARG_TYPE for what makes none
 */
export function makeCoroutine<T>(body: Body<T> | Coroutine<T>, caller: string): Coroutine<T> {
  const work: unknown = typeof body === "function" ? body() : body;
  const coroutine = toCoroutine(work);
  if (coroutine) return coroutine as Coroutine<T>;
  const isPromise = work instanceof Promise;
  // An async function has started already; what becomes of it is not ours to tell.
  if (isPromise) work.catch(() => {});
  const remedy = isPromise ? "; bring promises in with until(promise) or call(asyncFunction)" : "";
  const error = new TypeError(
    `${caller}() takes a generator function: ${caller}(function* () { … })${remedy}`,
  );
  throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}

/** What a function has returned, if it is something that a task can run; or else null. */
export function toCoroutine(work: unknown): Coroutine<unknown> | null {
  if (isCoroutine(work)) return work;
  return work instanceof Operation ? only(work) : null;
}

/** Generators of this realm by their prototypes, those of others (node:vm) by their tag. */
export function isCoroutine(work: unknown): work is Coroutine<unknown> {
  return work instanceof AnyGenerator || Object.prototype.toString.call(work) === "[object Generator]";
}

function* only<T>(operation: Operation<T>): Coroutine<T> {
  return yield* operation;
}
