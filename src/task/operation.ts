import { Awaiting, type Chain } from "./awaiting.ts";
import { CancelledError, cancellation, misuse } from "./errors.ts";

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
  /** Whether it goes on to its end and gives its result, though its waiter is cancelled meanwhile. */
  readonly isShielded: boolean;
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

/** JavaScript has no name for what all generators inherit from. */
export const generatorPrototype = Object.getPrototypeOf(function* () {}).prototype as Coroutine<unknown>;

/** For `instanceof`: all generators. */
export const AnyGenerator = function AnyGenerator() {} as unknown as new () => Coroutine<unknown>;
AnyGenerator.prototype = generatorPrototype;

/**
 * The methods of generators, to be called on them. Each `function* () { … }` that is evaluated has a prototype and a hidden
 * class of its own, so that looking a method up there takes V8 half a microsecond.
 */
export const generatorMethods = {
  next: generatorPrototype.next,
  return: generatorPrototype.return,
  throw: generatorPrototype.throw,
};

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

const WAITING = 0;
/** Its end was asked for. The two that wait come first, so that one comparison tells them. */
const ENDING = 1;
const SUCCEEDED = 2;
const COLD = 3;
const FAILED = 4;
/** It was cancelled; the error is made for who takes it, which in coroutines is nobody. */
const GIVEN_UP = 5;
const CONSUMED = 6;
type OperationPhase =
  | typeof WAITING
  | typeof ENDING
  | typeof COLD
  | typeof SUCCEEDED
  | typeof FAILED
  | typeof GIVEN_UP
  | typeof CONSUMED;

/**
 * Something that a program can wait for, once: with `yield*` in a coroutine or `await` in an async function. It is cold:
 * nothing happens until then.
 *
 * To make one, extend the class: {@link begin} starts the work and sees to it that {@link succeed} or {@link fail} is
 * called, at once or later; {@link end} asks for the end of the work, after which one of them or {@link giveUp} must still
 * be called.
 *
 * An operation is its own iterator and its own iterator result, so that waiting costs no further objects.
 */
export abstract class Operation<T> implements PromiseLike<T>, Wait {
  /** Of the iterator protocol: an iterator result that is done has this property. On the prototype. */
  declare readonly done: true;
  /** Of the iterator protocol: the result; after a failure the error. It has no meaning before. */
  value: T = undefined as T;
  private operationPhase: OperationPhase = COLD;
  /** Who waits, and after the end, who may take the outcome. */
  private operationWaiter: Waiter | null = null;

  /** Starts the work. */
  protected abstract begin(): void;

  /** Asks for the end of work that has not settled, once. What happens before the end is the outcome. */
  protected abstract end(): void;

  /** Takes back a result that came although the wait was cancelled, so that nothing is lost. */
  protected giveBack(_result: T): void {}

  /** What it is, for people who look for what a task waits for. */
  get description(): string {
    return this.constructor.name.replace(/Operation$/, "").toLowerCase();
  }

  protected succeed(result: T): void {
    if (this.operationPhase > ENDING) return;
    this.operationPhase = SUCCEEDED;
    this.value = result;
    if (this.operationWaiter !== null) this.operationWaiter.wake();
  }

  protected fail(error: unknown): void {
    if (this.operationPhase > ENDING) return;
    this.operationPhase = FAILED;
    this.value = error as T;
    if (this.operationWaiter !== null) this.operationWaiter.wake();
  }

  /** It has ended because {@link end} asked for it: who waits gets a CancelledError. */
  protected giveUp(): void {
    if (this.operationPhase > ENDING) return;
    this.operationPhase = GIVEN_UP;
    if (this.operationWaiter !== null) this.operationWaiter.wake();
  }

  /** Of {@link Wait}. */
  abort(): void {
    if (this.operationPhase !== WAITING) return;
    this.operationPhase = ENDING;
    this.end();
  }

  /** Of {@link Wait}. */
  get hasFailed(): boolean {
    return this.operationPhase === FAILED && !(this.value instanceof CancelledError);
  }

  /** Of {@link Wait}. */
  get isShielded(): boolean {
    return false;
  }

  [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    return this as unknown as Iterator<Suspension, T, unknown>;
  }

  /** Of the iterator protocol: starts, or takes the result after the waiter was woken. */
  next(): IteratorResult<Suspension, T> {
    const runner = currentRunner;
    return this.takesResult(runner) ? (this as IteratorReturnResult<T>) : this.advance(runner);
  }

  /** The way of most: it was waited for, and {@link value} is the result. @returns whether that is so */
  protected takesResult(runner: Runner | null): boolean {
    if (this.operationPhase !== SUCCEEDED || this.operationWaiter !== runner) return false;
    this.operationPhase = CONSUMED;
    this.operationWaiter = null;
    return true;
  }

  /** All else that {@link next} does. */
  protected advance(runner: Runner | null): IteratorResult<Suspension, T> {
    if (this.operationPhase === COLD) {
      if (runner === null) {
        throw misuse(
          `"yield*" needs a coroutine that Pentio runs: call it in run(function* () { … }), or use "await"`,
        );
      }
      const phase = this.beginWork();
      if (phase === SUCCEEDED && !runner.mustYield()) {
        this.operationPhase = CONSUMED;
        return this as IteratorReturnResult<T>;
      }
      this.operationWaiter = runner;
      if (phase <= SUCCEEDED || runner.mustYield()) {
        runner.suspend(this);
        if (phase > ENDING) runner.wake();
        return SUSPENDED;
      }
    }
    if (this.takeOutcome(runner)) return this as IteratorReturnResult<T>;
    throw this.value;
  }

  /** Of the iterator protocol: the coroutine ends here, without the result. */
  return(value?: unknown): IteratorResult<Suspension, T> {
    if (this.operationPhase === SUCCEEDED) this.giveBack(this.value);
    this.operationPhase = CONSUMED;
    return { done: true, value: value as T };
  }

  /** Makes `await` work; starts the operation. Both callbacks are optional, as in a promise's `then`. */
  // biome-ignore lint/suspicious/noThenProperty: an operation is awaitable, that is the point
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Chain<A | B> {
    const awaiting = new Awaiting<T, A | B>(this, onFulfilled ?? null, onRejected ?? null);
    if (this.start(awaiting)) queueMicrotask(() => awaiting.wake());
    return awaiting;
  }

  /**
   * Told before it begins: the tasks that it starts are out of reach for cancellations from above.
   *
   * @internal
   */
  shieldTasks(): void {}

  /**
   * Starts it for a waiter, which is woken when it settles and then takes the outcome.
   *
   * @internal
   * @returns whether it has settled at once, in which case nobody is woken; one that was used already has
   */
  start(waiter: Waiter): boolean {
    if (this.operationPhase !== COLD) return true;
    const phase = this.beginWork();
    this.operationWaiter = waiter;
    return phase > ENDING;
  }

  /**
   * Takes the outcome, for a waiter that was woken.
   *
   * @internal
   * @returns whether it has succeeded; {@link value} is the result, or else the error
   * @throws ERR_INVALID_STATE if the outcome is not this waiter's to take
   */
  takeOutcome(waiter: Waiter | null): boolean {
    const phase = this.operationPhase;
    if (phase === CONSUMED || phase <= ENDING || this.operationWaiter !== waiter) throw this.usedAlready();
    this.operationPhase = CONSUMED;
    this.operationWaiter = null;
    if (phase === GIVEN_UP) this.value = cancellation() as T;
    return phase === SUCCEEDED;
  }

  /**
   * Takes back a result from a waiter that has taken it and cannot pass it on.
   *
   * @internal
   */
  takeBack(result: T): void {
    this.giveBack(result);
  }

  /** For operations that a coroutine runs as a part of itself. @throws ERR_INVALID_STATE if it was used already */
  protected useUp(): void {
    if (this.operationPhase !== COLD) throw this.usedAlready();
    this.operationPhase = CONSUMED;
  }

  /** Makes it cold again, when its outcome was taken and nobody knows it any more. */
  protected renew(): void {
    this.operationPhase = COLD;
  }

  private usedAlready(): Error {
    return misuse(
      `This ${this.description} operation was used already: an operation can be waited for once, make a new one`,
    );
  }

  /** If it settles meanwhile nobody is woken, for there is no waiter yet. @returns how far it has come */
  private beginWork(): OperationPhase {
    this.operationPhase = WAITING;
    try {
      this.begin();
    } catch (error) {
      this.fail(error);
    }
    return this.operationPhase;
  }
}

/** What the constructor of {@link Operation} sets. */
interface Cold {
  value: undefined;
  operationPhase: OperationPhase;
  operationWaiter: Waiter | null;
}

/**
 * A constructor for operations of a class that has none of its own, and that are made often. It does without `super()`, which V8
 * does not inline where a program makes them in a `try` block, as most servers do: there it is several calls.
 */
export function fastConstructor<O extends Operation<unknown>>(type: { readonly prototype: O }): new () => O {
  function ColdOperation(this: Cold) {
    this.value = undefined;
    this.operationPhase = COLD;
    this.operationWaiter = null;
  }
  ColdOperation.prototype = type.prototype;
  // biome-ignore lint/suspicious/noThenProperty: `await` looks for it without a cache, in one prototype after the other
  Object.defineProperty(type.prototype, "then", { value: Operation.prototype.then });
  return ColdOperation as unknown as new () => O;
}

// Loaded from the prototype, it costs the operations nothing.
Object.defineProperty(Operation.prototype, "done", { value: true });
