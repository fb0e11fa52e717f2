import type { Loop, Timer } from "../loop/index.ts";
import { AroundOperation } from "./around.ts";
import type { Waitable } from "./coroutine.ts";
import { currentLoop } from "./current-loop.ts";
import { CancelledError } from "./errors.ts";
import type { Operation } from "./operation.ts";
import { toOperation } from "./scope.ts";

/** Something took longer than it may. */
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
  private readonly delayMs: number;
  private loop: Loop | undefined = undefined;
  private hasExpired = false;

  constructor(inner: Operation<T>, delayMs: number) {
    super(inner);
    this.delayMs = delayMs;
  }

  override get description(): string {
    return `${super.description}, ${this.delayMs} ms at most`;
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
    this.loop.setTimer(this, this.delayMs);
    this.loop.ref();
    super.begin();
  }

  protected override failed(error: unknown): void {
    const isTimeUp = this.hasExpired && error instanceof CancelledError;
    this.fail(
      isTimeUp ? new TimeoutError(`It took longer than ${this.delayMs} ms: ${super.description}`) : error,
    );
  }

  private disarm(): void {
    this.loop?.cancelTimer(this);
    this.loop?.unref();
    this.loop = undefined;
  }
}

/**
 * Waits for something, but not for long. When the time is up it is cancelled, down to the kernel, its `finally` blocks run,
 * and a TimeoutError is thrown; a result that comes all the same is given as if it had come in time, so that nothing is
 * lost.
 *
 * @param delayMs milliseconds, 0 or more; `Infinity` for no limit. What has its result at once never times out
 * @throws ERR_OUT_OF_RANGE for a negative delay, ERR_INVALID_ARG_TYPE for what is no number or cannot be waited for
 */
export function timeout<T>(delayMs: number, waitable: Waitable<T>): Operation<T> {
  const inner = toOperation(waitable, "timeout");
  return checkLimit(delayMs, "timeout") === Number.POSITIVE_INFINITY
    ? inner
    : new TimeoutOperation(inner, delayMs);
}

/**
 * The same up to a moment, by the system's clock when the wait begins. One that has passed is a delay of 0.
 *
 * @param at a Date, or milliseconds since the epoch as of `Date.now()`
 */
export function deadline<T>(at: Date | number, waitable: Waitable<T>): Operation<T> {
  return timeout(Math.max(0, checkLimit(Number(at), "deadline") - Date.now()), waitable);
}

function checkLimit(delayMs: number, caller: string): number {
  if (typeof delayMs !== "number") {
    const error = new TypeError(`${caller}() takes a number of milliseconds, not ${typeof delayMs}`);
    throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
  }
  if (delayMs >= 0) return delayMs;
  const error = new RangeError(`${caller}() takes 0 or more milliseconds, not ${delayMs}`);
  throw Object.assign(error, { code: "ERR_OUT_OF_RANGE" });
}
