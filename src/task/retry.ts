import type { Waitable } from "./coroutine.ts";
import type { Coroutine, Operation } from "./operation.ts";
import { scope, toOperation } from "./scope.ts";
import { sleep } from "./sleep.ts";

/** How often and when something is tried again. */
export interface RetryOptions {
  /** Tries in all, 1 or more; `Infinity` for no limit. Default 3. */
  readonly attempts?: number;
  /** Milliseconds before the second try, 0 or more. Default 100. */
  readonly delayMs?: number;
  /** By how much each pause is longer than the one before, 1 or more. Default 2. */
  readonly factor?: number;
  /** The longest pause, in milliseconds. Default 30,000. */
  readonly delayMsMax?: number;
  /**
   * The part of each pause that is left to chance, 0 to 1, so that those who failed together do not come back together.
   * Default 0.5: a pause of 100 ms is one of 50 to 100.
   */
  readonly jitter?: number;
  /** Says whether to try again after this error. Default: always. */
  readonly when?: (error: unknown, attempt: number) => boolean;
}

/**
 * Tries something until it succeeds, with pauses that grow. The last try's error is thrown. A cancellation ends it at once,
 * whatever it is at.
 *
 * ```
 * const socket = yield* retry(() => connect({ port }), { attempts: 5 });
 * ```
 *
 * @param make called for each try, with its number from 1: makes the operation or coroutine. What it throws itself is thrown
 *   at once
 * @throws ERR_OUT_OF_RANGE for options beyond what they say, ERR_INVALID_ARG_TYPE for what is no function or makes what
 *   cannot be waited for
 */
export function retry<T>(make: (attempt: number) => Waitable<T>, options: RetryOptions = {}): Operation<T> {
  const {
    attempts = 3,
    delayMs = 100,
    factor = 2,
    delayMsMax = 30_000,
    jitter = 0.5,
    when = () => true,
  } = options;
  if (typeof make !== "function") {
    const error = new TypeError("retry() takes a function that makes what is tried: () => connect({ port })");
    throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
  }
  check("attempts", attempts, 1);
  check("delayMs", delayMs, 0);
  check("factor", factor, 1);
  check("delayMsMax", delayMsMax, 0);
  check("jitter", jitter, 0, 1);
  return scope(function* retry(): Coroutine<T> {
    for (let attempt = 1, pauseMs = delayMs; ; attempt++, pauseMs *= factor) {
      const operation = toOperation(make(attempt), "retry");
      try {
        return yield* operation;
      } catch (error) {
        if (attempt >= attempts || !when(error, attempt)) throw error;
      }
      yield* sleep(Math.min(pauseMs, delayMsMax) * (1 - jitter * Math.random()));
    }
  });
}

function check(name: string, value: number, min: number, max = Number.POSITIVE_INFINITY): void {
  if (value >= min && value <= max) return;
  const range = max === Number.POSITIVE_INFINITY ? `${min} or more` : `${min} to ${max}`;
  throw Object.assign(new RangeError(`retry() takes ${name} of ${range}, not ${value}`), {
    code: "ERR_OUT_OF_RANGE",
  });
}
