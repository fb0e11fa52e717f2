import { callWithin } from "./ambience.ts";
import { Operation } from "./operation.ts";
import { Task } from "./task.ts";

class UntilOperation<T> extends Operation<T> {
  private readonly promise: PromiseLike<T>;

  constructor(promise: PromiseLike<T>) {
    super();
    this.promise = promise;
  }

  override get description(): string {
    return "a promise";
  }

  protected override begin(): void {
    this.promise.then(
      (value) => this.succeed(value),
      (error: unknown) => this.fail(error),
    );
  }

  protected override end(): void {
    this.giveUp();
  }
}

class CallOperation<T> extends Operation<T> {
  private readonly work: (signal: AbortSignal) => T | PromiseLike<T>;
  private readonly controller = new AbortController();

  constructor(work: (signal: AbortSignal) => T | PromiseLike<T>) {
    super();
    this.work = work;
  }

  override get description(): string {
    return `the function ${this.work.name || "that was called"}`;
  }

  protected override begin(): void {
    const work = () => this.work(this.controller.signal);
    // Always by a promise: what it returns may be one, and what it throws is a rejection of it.
    new Promise<T>((resolve) => resolve(callWithin(Task.current?.ambience, work))).then(
      (value) => this.succeed(value),
      (error: unknown) => this.settleWith(error),
    );
  }

  protected override end(): void {
    this.controller.abort();
    // Who did not ask for the signal does not know of it.
    if (this.work.length === 0) this.giveUp();
  }

  private settleWith(error: unknown): void {
    const { signal } = this.controller;
    if (signal.aborted && (error === signal.reason || isAbortError(error))) this.giveUp();
    else this.fail(error);
  }
}

/**
 * Waits for a promise. A promise cannot be cancelled: cancelling ends the wait, and the promise goes on by itself; for work
 * that can be told to end there is {@link call}.
 *
 * @throws ERR_INVALID_ARG_TYPE for what is no promise
 */
export function until<T>(promise: PromiseLike<T>): Operation<T> {
  if (typeof promise?.then === "function") return new UntilOperation(promise);
  const error = new TypeError(
    `until() takes a promise, not ${typeof promise}; for a function there is call()`,
  );
  throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}

/**
 * Calls an async function (or any other) and waits for what it returns.
 *
 * ```
 * const response = yield* call((signal) => fetch(url, { signal }));
 * ```
 *
 * @param work is given an AbortSignal, which is aborted when the wait is cancelled. A function that takes it is waited for
 *   even then, for it ends in its own time; one that does not take it cannot know, and the wait ends at once. It sees the
 *   context variables of the task
 * @throws ERR_INVALID_ARG_TYPE for what is no function
 */
export function call<T>(work: (signal: AbortSignal) => T | PromiseLike<T>): Operation<Awaited<T>> {
  if (typeof work === "function") return new CallOperation(work) as unknown as Operation<Awaited<T>>;
  const error = new TypeError(`call() takes a function, not ${typeof work}; for a promise there is until()`);
  throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}

function isAbortError(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
