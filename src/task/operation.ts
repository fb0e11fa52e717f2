import { Awaiting, type Chain } from "./awaiting.ts";
import { CancelledError, misuse } from "./errors.ts";

/** Who waits for an operation: a task in a coroutine, a callback behind an `await`. */
export interface Waiter {
  /** The operation has settled. */
  wake(): void;
}

/** Something that is waited for, as its waiter sees it. */
export interface Wait {
  readonly description: string;
  /** It has ended with an error, other than by its cancellation. */
  readonly hasFailed: boolean;
  /** Asks for the end of the wait; it settles soon, with what happened before or a CancelledError. */
  abort(): void;
}

/** A coroutine's waiter: what runs it, and counts what it gets without waiting. */
export interface Runner extends Waiter {
  /** Notes what it waits for. */
  suspend(wait: Wait): void;
  /** Whether it has had enough results without waiting and should let others run. */
  mustYield(): boolean;
}

declare const suspension: unique symbol;

/** What coroutines yield; it has no meaning for programs. */
export interface Suspension {
  readonly [suspension]: true;
}

/** A generator made of operations: `yield*` an operation to wait for it and to get its result. */
export type Coroutine<T> = Generator<Suspension, T, unknown>;

/** The one iterator result that says "I wait"; `yield*` hands it through as it is, so nothing is allocated. */
export const SUSPENDED: IteratorYieldResult<Suspension> = {
  done: false,
  value: undefined as unknown as Suspension,
};

let currentRunner: Runner | null = null;

/** What runs at the moment, or null outside coroutines. */
export function getRunner(): Runner | null {
  return currentRunner;
}

/** @returns the one before, to be set again afterwards */
export function setRunner(runner: Runner | null): Runner | null {
  const previous = currentRunner;
  currentRunner = runner;
  return previous;
}

const COLD = 0;
const WAITING = 1;
const SUCCEEDED = 2;
const FAILED = 3;
const CONSUMED = 4;
type OperationState = typeof COLD | typeof WAITING | typeof SUCCEEDED | typeof FAILED | typeof CONSUMED;

/**
 * Something that a program can wait for, once: with `yield*` in a coroutine or `await` in an async function. It is cold:
 * nothing happens until then.
 *
 * To make one, extend the class: {@link begin} starts the work and sees to it that {@link succeed} or {@link fail} is
 * called, at once or later; {@link end} asks for the end of the work, after which one of them must still be called.
 *
 * An operation is its own iterator and its own iterator result, so that waiting costs no further objects.
 */
export abstract class Operation<T> implements PromiseLike<T>, Wait {
  // Really private, for programs extend this class and must not hit these by accident; static where they are methods,
  // for a private method costs a check of its object at each call.
  #state: OperationState = COLD;
  /** Who waits, and after the end, who may take the outcome. */
  #waiter: Waiter | null = null;
  /** The result, or the error. */
  #outcome: T | unknown = undefined;

  /** Starts the work. */
  protected abstract begin(): void;

  /** Asks for the end of work that has not settled. What happens before the end is the outcome. */
  protected abstract end(): void;

  /** Takes back a result that came although the wait was cancelled, so that nothing is lost. */
  protected giveBack(_result: T): void {}

  /** What it is, for people who look for what a task waits for. */
  get description(): string {
    return this.constructor.name.replace(/Operation$/, "").toLowerCase();
  }

  protected succeed(result: T): void {
    Operation.#settle(this, SUCCEEDED, result);
  }

  protected fail(error: unknown): void {
    Operation.#settle(this, FAILED, error);
  }

  /** Of {@link Wait}. */
  abort(): void {
    if (this.#state === WAITING) this.end();
  }

  /** Of {@link Wait}. */
  get hasFailed(): boolean {
    return this.#state === FAILED && !(this.#outcome instanceof CancelledError);
  }

  [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    return this as unknown as Iterator<Suspension, T, unknown>;
  }

  /** Of the iterator protocol: starts, or takes the result after the waiter was woken. */
  next(): IteratorResult<Suspension, T> {
    const runner = currentRunner;
    if (this.#state === COLD) {
      if (runner === null) {
        throw misuse(
          `"yield*" needs a coroutine that Pentio runs: call it in run(function* () { … }), or use "await"`,
        );
      }
      if (!Operation.#start(this, runner)) {
        runner.suspend(this);
        return SUSPENDED;
      }
      if (runner.mustYield()) {
        runner.suspend(this);
        runner.wake();
        return SUSPENDED;
      }
    }
    return Operation.#take(this, runner);
  }

  /** Of the iterator protocol: the coroutine ends here, without the result. */
  return(value: unknown): IteratorResult<Suspension, T> {
    if (this.#state === SUCCEEDED) this.giveBack(this.#outcome as T);
    this.#state = CONSUMED;
    return { done: true, value: value as T };
  }

  /** Of the iterator protocol: an iterator result that is done has this property. */
  get done(): true {
    return true;
  }

  /** Of the iterator protocol. */
  get value(): T {
    return this.#outcome as T;
  }

  /** Makes `await` work; starts the operation. Both callbacks are optional, as in a promise's `then`. */
  // biome-ignore lint/suspicious/noThenProperty: an operation is awaitable, that is the point
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Chain<A | B> {
    const awaiting = new Awaiting<T, A | B>(this, onFulfilled ?? null, onRejected ?? null);
    if (this.#state !== COLD || Operation.#start(this, awaiting)) queueMicrotask(() => awaiting.wake());
    return awaiting;
  }

  /** As a promise, which starts it. */
  promise(): Promise<T> {
    return Promise.resolve(this);
  }

  /** The outcome for a waiter that was woken: the result is returned, an error is thrown. */
  takeResult(waiter: Waiter): T {
    return Operation.#take(this, waiter).value;
  }

  /** @returns whether it has settled at once, in which case nobody is woken */
  static #start<T>(operation: Operation<T>, waiter: Waiter): boolean {
    operation.#state = WAITING;
    try {
      operation.begin();
    } catch (error) {
      operation.fail(error);
    }
    operation.#waiter = waiter;
    return (operation.#state as OperationState) !== WAITING;
  }

  static #settle(
    operation: Operation<unknown>,
    state: typeof SUCCEEDED | typeof FAILED,
    outcome: unknown,
  ): void {
    if (operation.#state !== WAITING) return;
    operation.#state = state;
    operation.#outcome = outcome;
    operation.#waiter?.wake();
  }

  static #take<T>(operation: Operation<T>, waiter: Waiter | null): IteratorReturnResult<T> {
    const state = operation.#state;
    if (state === CONSUMED || state === WAITING || operation.#waiter !== waiter) {
      throw misuse(
        `This ${operation.description} operation was used already: an operation can be waited for once, make a new one`,
      );
    }
    operation.#state = CONSUMED;
    if (state === FAILED) throw operation.#outcome;
    return operation as IteratorReturnResult<T>;
  }
}
