import { misuse, type Operation } from "../task/index.ts";
import type { Future } from "./future.ts";
import { wait } from "./futures.ts";

/** What is called with an outcome, exactly one of the two, in this thread. */
export interface ResultCallbacks<T> {
  readonly callback?: (result: T) => void;
  readonly errorCallback?: (error: unknown) => void;
}

/** The result of what a {@link Pool} does meanwhile: of Python's `multiprocessing`. */
export class AsyncResult<T> {
  private readonly future: Future<T>;

  /** @internal */
  constructor(future: Future<T>, { callback, errorCallback }: ResultCallbacks<T> = {}) {
    this.future = future;
    future.addDoneCallback(() => {
      let result: T;
      try {
        result = future.take() as T;
      } catch (error) {
        errorCallback?.(error);
        return;
      }
      callback?.(result);
    });
  }

  /**
   * Waits for the result.
   *
   * @param timeoutMs milliseconds. Default: no limit
   * @throws what the function has thrown, TimeoutError, CancelledError after `terminate()`
   */
  get(timeoutMs = Number.POSITIVE_INFINITY): Operation<T> {
    return this.future.result(timeoutMs);
  }

  /** The same, and blocks the thread. */
  getSync(timeoutMs = Number.POSITIVE_INFINITY): T {
    return this.future.resultSync(timeoutMs);
  }

  /** Waits until it is {@link ready}, or the time is up, which is no error. */
  wait(timeoutMs = Number.POSITIVE_INFINITY): Operation<unknown> {
    return wait([this.future], { timeoutMs });
  }

  /** Whether it is done. */
  ready(): boolean {
    return this.future.done;
  }

  /** Whether it is done without an exception. @throws ERR_INVALID_STATE if it is not {@link ready} */
  successful(): boolean {
    if (this.future.done) return !this.future.failed && !this.future.cancelled;
    throw misuse("The result is not ready: ask ready() first, or wait for it");
  }
}
