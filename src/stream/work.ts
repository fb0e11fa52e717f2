import { type Coroutine, type Operation, toCoroutine, until } from "../task/index.ts";

/** What a program's function may return where a `T` is needed: plain, or something to wait for. */
export type Work<T> = T | Operation<T> | Coroutine<T> | PromiseLike<T>;

/** What comes of {@link Work} when it has been waited for. */
export type Resolved<R> =
  R extends Operation<infer T>
    ? T
    : R extends Coroutine<infer T>
      ? T
      : R extends PromiseLike<infer T>
        ? T
        : R;

/** Waits for what a program's function has returned, if there is something to wait for. */
export function* resolve<R>(work: R): Coroutine<Resolved<R>> {
  if (typeof work !== "object" || work === null) return work as Resolved<R>;
  const coroutine = toCoroutine(work);
  if (coroutine) return (yield* coroutine) as Resolved<R>;
  if (isPromise(work)) return (yield* until(work)) as Resolved<R>;
  return work as Resolved<R>;
}

function isPromise(work: object): work is PromiseLike<unknown> {
  return "then" in work && typeof work.then === "function";
}
