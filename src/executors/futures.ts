import { map, pipe, type Stream } from "../stream/index.ts";
import { Channel, checkNumber, Event, invalidValue } from "../sync/index.ts";
import { type Coroutine, type Operation, scope, TimeoutError, timeout } from "../task/index.ts";
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
 * Futures, of whichever executors, as they are done; those that are done when the first is asked for come first. One that is
 * given twice comes once.
 *
 * ```
 * for await (const future of asCompleted(futures)) console.log(await future.result());
 * ```
 */
export function asCompleted<F extends Future<unknown>>(
  futures: Iterable<F>,
  { timeoutMs = Number.POSITIVE_INFINITY }: AsCompletedOptions = {},
): Stream<F> {
  const completions = new Completions(new Set(futures), timeoutMs);
  return pipe(
    completions,
    map(() => completions.take()),
  );
}

/** Futures in the order in which they are done; as an iterator one turn for each. */
class Completions<F extends Future<unknown>> implements FutureWatcher, IterableIterator<void> {
  private readonly futures: ReadonlySet<F>;
  private readonly timeoutMs: number;
  private readonly deadline: number;
  private readonly completed = new Channel<F>({ capacity: Number.POSITIVE_INFINITY });
  private left: number;

  constructor(futures: ReadonlySet<F>, timeoutMs: number) {
    this.futures = futures;
    this.timeoutMs = checkNumber("timeoutMs", timeoutMs);
    this.deadline = performance.now() + timeoutMs;
    this.left = futures.size;
  }

  futureDone(future: Future<unknown>): void {
    this.completed.trySend(future as F);
  }

  next(): IteratorResult<void, void> {
    return { done: this.left === 0, value: undefined };
  }

  /** Whoever leaves early is told of none any more. */
  return(): IteratorResult<void, void> {
    for (const future of this.futures) future.unwatch(this);
    return { done: true, value: undefined };
  }

  /** It begins here, for whoever leaves before says so to nobody. */
  [Symbol.iterator](): this {
    for (const future of this.futures) future.watch(this);
    return this;
  }

  *take(): Coroutine<F> {
    const future = this.completed.tryReceive() ?? (yield* this.wait());
    this.left--;
    return future;
  }

  private *wait(): Coroutine<F> {
    try {
      return yield* timeout(Math.max(0, this.deadline - performance.now()), this.completed.receive());
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      throw new TimeoutError(
        `${this.left} of ${this.futures.size} futures were not done after ${this.timeoutMs} ms`,
      );
    }
  }
}
