import type { Stream } from "../stream/index.ts";
import { Channel, checkNumber, Event, invalidValue } from "../sync/index.ts";
import { type Coroutine, type Operation, scope, TimeoutError, timeout } from "../task/index.ts";
import { TIMER_MS_MAX } from "./deadline.ts";
import type { Future } from "./future.ts";
import type { FutureWatcher } from "./future-operations.ts";

/** What is waited for. */
export type ReturnWhen = "first-completed" | "first-exception" | "all-completed";

/** How {@link wait} waits. */
export interface WaitOptions {
  /**
   * `"first-completed"`: one is done; `"first-exception"`: one has failed, or all are done; `"all-completed"`, the default.
   * A cancelled future is done.
   */
  readonly returnWhen?: ReturnWhen;
  /** Milliseconds, 0 or more. Default: Infinity. That they have passed is no error. */
  readonly timeoutMs?: number;
}

/** How far futures were when {@link wait} ended. */
export interface WaitResult<F> {
  readonly done: ReadonlySet<F>;
  readonly notDone: ReadonlySet<F>;
}

const CHOICES: readonly ReturnWhen[] = ["first-completed", "first-exception", "all-completed"];

/**
 * Waits for futures, of whichever executors. One that is given twice counts once.
 *
 * @throws ERR_INVALID_ARG_VALUE for an unknown `returnWhen`
 */
export function wait<F extends Future<unknown>>(
  futures: Iterable<F>,
  { returnWhen = "all-completed", timeoutMs = Number.POSITIVE_INFINITY }: WaitOptions = {},
): Operation<WaitResult<F>> {
  if (!CHOICES.includes(returnWhen)) throw invalidValue("returnWhen", CHOICES, returnWhen);
  const all = new Set(futures);
  return scope(() => waitFor(all, returnWhen, timeoutMs), { name: "wait" });
}

function* waitFor<F extends Future<unknown>>(
  futures: ReadonlySet<F>,
  returnWhen: ReturnWhen,
  timeoutMs: number,
): Coroutine<WaitResult<F>> {
  const enough = new Event();
  let left = futures.size;
  const watcher: FutureWatcher = {
    futureDone: (future) => {
      left--;
      if (left === 0 || returnWhen === "first-completed") enough.set();
      else if (returnWhen === "first-exception" && future.failed) enough.set();
    },
  };
  if (left === 0) enough.set();
  for (const future of futures) future.watch(watcher);
  try {
    yield* timeout(timeoutMs, enough.wait());
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
  } finally {
    for (const future of futures) future.unwatch(watcher);
  }
  const done = [...futures].filter((future) => future.done);
  const notDone = [...futures].filter((future) => !future.done);
  return { done: new Set(done), notDone: new Set(notDone) };
}

/** How {@link asCompleted} goes. */
export interface AsCompletedOptions {
  /** Milliseconds from now, 0 or more, until which futures are waited for; then a TimeoutError is thrown. Default: Infinity. */
  readonly timeoutMs?: number;
}

/**
 * Futures, of whichever executors, as they are done; those that are done already come first. One that is given twice comes once.
 *
 * ```
 * for await (const future of asCompleted(futures)) console.log(await future.result());
 * ```
 */
export function asCompleted<F extends Future<unknown>>(
  futures: Iterable<F>,
  { timeoutMs = Number.POSITIVE_INFINITY }: AsCompletedOptions = {},
): Stream<F> {
  const all = new Set(futures);
  const completed = new Channel<F>({ capacity: Number.POSITIVE_INFINITY });
  let left = all.size;
  const watcher: FutureWatcher = {
    futureDone: (future) => {
      completed.trySend(future as F);
      if (--left === 0) end();
    },
  };
  const timer = timerFor(timeoutMs, () => {
    for (const future of all) future.unwatch(watcher);
    completed.fail(new TimeoutError(`${left} of ${all.size} futures were not done after ${timeoutMs} ms`));
  });
  const end = () => {
    clearTimeout(timer);
    completed.close();
  };
  for (const future of all) future.watch(watcher);
  if (all.size === 0) end();
  return completed;
}

function timerFor(timeoutMs: number, expired: () => void): NodeJS.Timeout | undefined {
  if (checkNumber("timeoutMs", timeoutMs) > TIMER_MS_MAX) return undefined;
  return setTimeout(expired, Math.ceil(timeoutMs));
}
