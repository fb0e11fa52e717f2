import type { Loop, Timer } from "../loop/index.ts";
import { AroundOperation } from "./around.ts";
import type { Waitable } from "./coroutine.ts";
import { currentLoop } from "./current-loop.ts";
import { CancelledError } from "./errors.ts";
import type { Operation } from "./operation.ts";
import { toOperation } from "./scope.ts";

/** The furthest that a Date reaches. */
const DATE_MS_MAX = 8.64e15;

/** Something took longer than it may. The `cause` is what its cancellation ended with, such as a `CancelledWrite`. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
  readonly code = "ERR_TIMED_OUT";
}

/** One object for the waiter, for what it waits for, and for the timing wheel. */
class TimeoutOperation<T> extends AroundOperation<T> implements Timer {
  deadline = 0;
  place = -1;
  before: Timer | null = null;
  after: Timer | null = null;
  protected readonly limitMs: number;
  private loop: Loop | undefined = undefined;
  private hasExpired = false;

  /** @param limitMs milliseconds that it may take */
  constructor(inner: Operation<T>, limitMs: number) {
    super(inner);
    this.limitMs = limitMs;
  }

  override get description(): string {
    return `${this.inner.description}, ${this.limitMs} ms at most`;
  }

  override wake(): void {
    this.disarm();
    super.wake();
  }

  expired(): void {
    this.hasExpired = true;
    this.disarm();
    // What it has come to by then, or what comes all the same, is still the result.
    this.inner.abort();
  }

  protected override begin(): void {
    this.loop = currentLoop();
    this.loop.setTimer(this, this.delayMs());
    this.loop.ref();
    super.begin();
  }

  protected override end(): void {
    // Who is cancelled need not hear of the time as well.
    this.disarm();
    super.end();
  }

  protected override failed(error: unknown): void {
    const isTimeUp = this.hasExpired && error instanceof CancelledError;
    if (!isTimeUp) this.fail(error);
    else this.fail(new TimeoutError(`${this.complaint()}: ${this.inner.description}`, { cause: error }));
  }

  /** Milliseconds from now. */
  protected delayMs(): number {
    return this.limitMs;
  }

  protected complaint(): string {
    return `It took longer than ${this.limitMs} ms`;
  }

  private disarm(): void {
    this.loop?.cancelTimer(this);
    this.loop?.unref();
    this.loop = undefined;
  }
}

/** Its limit is a moment, in milliseconds since the epoch. */
class DeadlineOperation<T> extends TimeoutOperation<T> {
  override get description(): string {
    return `${this.inner.description}, until ${this.moment}`;
  }

  protected override delayMs(): number {
    return Math.max(0, this.limitMs - Date.now());
  }

  protected override complaint(): string {
    return `It was not done at ${this.moment}`;
  }

  private get moment(): string {
    return new Date(this.limitMs).toISOString();
  }
}

/**
 * Waits for something, but not for long. When the time is up it is cancelled, down to the kernel, its `finally` blocks run,
 * and a TimeoutError is thrown; a result that comes all the same is given as if it had come in time, so that nothing is
 * lost.
 *
 * @param delayMs milliseconds, 0 or more; `Infinity` for no limit. A body begins in any case, and what has its
 *   result at once never times out
 * @throws ERR_OUT_OF_RANGE for a negative delay, ERR_INVALID_ARG_TYPE for what is no number or cannot be waited for
 */
export function timeout<T>(delayMs: number, waitable: Waitable<T>): Operation<T> {
  const inner = toOperation(waitable, "timeout");
  checkNumber(delayMs, "timeout");
  if (!(delayMs >= 0)) throw outOfRange(`timeout() takes 0 or more milliseconds, not ${delayMs}`);
  return delayMs === Number.POSITIVE_INFINITY ? inner : new TimeoutOperation(inner, delayMs);
}

/**
 * The same up to a moment, by the system's clock when the wait begins. One that has passed is a delay of 0.
 *
 * @param at a Date, or milliseconds since the epoch as of `Date.now()`; `Infinity` for no limit
 * @throws ERR_OUT_OF_RANGE for what no Date can be, ERR_INVALID_ARG_TYPE for what is no moment or cannot be waited for
 */
export function deadline<T>(at: Date | number, waitable: Waitable<T>): Operation<T> {
  const inner = toOperation(waitable, "deadline");
  const momentMs = at instanceof Date ? at.getTime() : at;
  checkNumber(momentMs, "deadline");
  if (momentMs === Number.POSITIVE_INFINITY) return inner;
  if (!(Math.abs(momentMs) <= DATE_MS_MAX))
    throw outOfRange(`deadline() takes a valid Date, not ${momentMs}`);
  return new DeadlineOperation(inner, momentMs);
}

function checkNumber(milliseconds: number, caller: string): void {
  if (typeof milliseconds === "number") return;
  const error = new TypeError(`${caller}() takes a number of milliseconds, not ${typeof milliseconds}`);
  throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}

function outOfRange(message: string): Error {
  return Object.assign(new RangeError(message), { code: "ERR_OUT_OF_RANGE" });
}
