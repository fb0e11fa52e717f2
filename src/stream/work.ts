import { CancelledError, type Coroutine, Operation, toCoroutine } from "../task/index.ts";

/** What a program's function may return where a `T` is needed: plain, or something to wait for. */
export type Work<T> = T | Operation<T> | Coroutine<T> | PromiseLike<T>;

/** What comes of {@link Work} when it has been waited for. */
export type Settled<R> =
  R extends Operation<infer T>
    ? T
    : R extends Coroutine<infer T>
      ? T
      : R extends PromiseLike<infer T>
        ? T
        : R;

/** Waits for a promise. One that is cancelled goes on for itself: promises cannot be ended. */
export class PromiseOperation<T> extends Operation<T> {
  private readonly source: PromiseLike<T>;

  constructor(source: PromiseLike<T>) {
    super();
    this.source = source;
  }

  override get description(): string {
    return "promise";
  }

  protected override begin(): void {
    this.source.then(
      (value) => this.succeed(value),
      (error: unknown) => this.fail(error),
    );
  }

  protected override end(): void {
    this.fail(new CancelledError());
  }
}

/** Waits for what a program's function has returned, if there is something to wait for. */
export function* settle<R>(work: R): Coroutine<Settled<R>> {
  if (typeof work !== "object" || work === null) return work as Settled<R>;
  const coroutine = toCoroutine(work);
  if (coroutine) return (yield* coroutine) as Settled<R>;
  if (isPromise(work)) return (yield* new PromiseOperation(work)) as Settled<R>;
  return work as Settled<R>;
}

function isPromise(work: object): work is PromiseLike<unknown> {
  return "then" in work && typeof work.then === "function";
}
