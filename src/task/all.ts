import type { ResultOf, Waitable } from "./coroutine.ts";
import { combine, Group, type ResultsOf, toOperations } from "./group.ts";
import type { Operation } from "./operation.ts";

/** What something has come to, as `Promise.allSettled` tells it. */
export type Settled<T> =
  | { readonly status: "fulfilled"; readonly value: T }
  | { readonly status: "rejected"; readonly reason: unknown };

class AllOperation extends Group<unknown[]> {
  private readonly values = new Map<number, unknown>();
  private readonly errors: unknown[] = [];

  protected override succeeded(value: unknown, index: number): void {
    this.values.set(index, value);
  }

  protected override failed(error: unknown): void {
    this.errors.push(error);
    this.endOthers();
  }

  protected override finish(): void {
    if (this.values.size === this.size) {
      this.succeed(Array.from({ length: this.size }, (_, index) => this.values.get(index)));
      return;
    }
    for (const [index, value] of this.values) this.drop(value, index);
    if (this.errors.length > 0) this.fail(combine(this.errors, "all()"));
    else this.giveUp();
  }

  protected override giveBack(values: unknown[]): void {
    for (const [index, value] of values.entries()) this.drop(value, index);
  }
}

class AllSettledOperation extends Group<Settled<unknown>[]> {
  private readonly results = new Map<number, Settled<unknown>>();

  protected override succeeded(value: unknown, index: number): void {
    this.results.set(index, { status: "fulfilled", value });
  }

  protected override failed(reason: unknown, index: number): void {
    this.results.set(index, { status: "rejected", reason });
  }

  protected override finish(): void {
    if (this.results.size === this.size) {
      this.succeed(Array.from({ length: this.size }, (_, index) => this.results.get(index)!));
      return;
    }
    for (const [index, result] of this.results) this.dropResult(result, index);
    this.giveUp();
  }

  protected override giveBack(results: Settled<unknown>[]): void {
    for (const [index, result] of results.entries()) this.dropResult(result, index);
  }

  private dropResult(result: Settled<unknown>, index: number): void {
    if (result.status === "fulfilled") this.drop(result.value, index);
  }
}

/**
 * Waits for all of several things at once, and gives their results in their places. The first failure cancels the others,
 * and is thrown when they have ended; if others fail too, an AggregateError. What they had already received is given back
 * (a socket's data is there for the next read).
 *
 * ```
 * const [page, user] = yield* all([fetchPage(url), findUser(id)]);
 * ```
 *
 * @throws ERR_INVALID_ARG_TYPE for what cannot be waited for
 */
export function all<const W extends readonly Waitable<unknown>[]>(waitables: W): Operation<ResultsOf<W>>;
export function all<T>(waitables: Iterable<Waitable<T>>): Operation<T[]>;
export function all(waitables: Iterable<Waitable<unknown>>): Operation<unknown> {
  return new AllOperation(toOperations(waitables, "all"));
}

/**
 * Waits for all of several things at once, whether they succeed or fail, and tells of each as `Promise.allSettled` does.
 *
 * @throws ERR_INVALID_ARG_TYPE for what cannot be waited for
 */
export function allSettled<const W extends readonly Waitable<unknown>[]>(
  waitables: W,
): Operation<{ -readonly [I in keyof W]: Settled<ResultOf<W[I]>> }>;
export function allSettled<T>(waitables: Iterable<Waitable<T>>): Operation<Settled<T>[]>;
export function allSettled(waitables: Iterable<Waitable<unknown>>): Operation<unknown> {
  return new AllSettledOperation(toOperations(waitables, "allSettled"));
}
