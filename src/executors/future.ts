import { CancelledError, type Operation, TimeoutError, timeout } from "../task/index.ts";
import { InvalidStateError } from "./errors.ts";
import { ExceptionOperation, type FutureWatcher, ResultOperation } from "./future-operations.ts";

const PENDING = 0;
const RUNNING = 1;
const CANCELLED = 2;
/** Cancelled, and its executor knows. */
const CANCELLED_AND_NOTIFIED = 3;
const SUCCEEDED = 4;
const FAILED = 5;

/** How a future is cancelled. */
export interface CancelOptions {
  /** Whether a call that runs is ended too, with its worker. Default: false, as in Python. */
  readonly running?: boolean;
}

/**
 * The result of a call that is made elsewhere: of Python's `concurrent.futures`. It comes from `executor.submit()`; executors
 * of your own make futures themselves.
 */
export class Future<T> {
  private phase = PENDING;
  private outcome: unknown = undefined;
  private watchers: FutureWatcher[] | null = null;
  private lastProgress: unknown = undefined;
  private progressCallbacks: ((value: unknown) => void)[] | null = null;

  /** What is called, for messages. */
  get description(): string {
    return "a future";
  }

  /** Whether it has a result or an exception, or was cancelled. */
  get done(): boolean {
    return this.phase > RUNNING;
  }

  /** Whether it is being worked on. */
  get running(): boolean {
    return this.phase === RUNNING;
  }

  get cancelled(): boolean {
    return this.phase === CANCELLED || this.phase === CANCELLED_AND_NOTIFIED;
  }

  /** Whether it ended with an exception. */
  get failed(): boolean {
    return this.phase === FAILED;
  }

  /** What the call has last told of how far it is, by `progress()` of `pentio/executors/worker`; undefined before. */
  get progress(): unknown {
    return this.lastProgress;
  }

  /**
   * Cancels the call if nobody works on it yet.
   *
   * @returns whether it is cancelled, now or already; false if it runs or has ended
   */
  cancel({ running = false }: CancelOptions = {}): boolean {
    if (this.phase === PENDING && this.withdraw()) {
      this.settle(CANCELLED, undefined);
    } else if (this.phase === RUNNING && running && this.interrupt()) {
      this.settle(CANCELLED_AND_NOTIFIED, undefined);
    }
    return this.cancelled;
  }

  /**
   * Waits for the result. To cancel the wait does not cancel the call.
   *
   * @param timeoutMs milliseconds, 0 or more. Default: no limit
   * @throws what the call has thrown, CancelledError if it was cancelled, TimeoutError when the time is up: the call goes on
   */
  result(timeoutMs = Number.POSITIVE_INFINITY): Operation<T> {
    return timeout(timeoutMs, new ResultOperation<T>(this));
  }

  /**
   * Waits for what the call throws; null if it succeeds.
   *
   * @throws as {@link result}, but for the call's own exception
   */
  exception(timeoutMs = Number.POSITIVE_INFINITY): Operation<unknown> {
    return timeout(timeoutMs, new ExceptionOperation(this));
  }

  /**
   * Blocks the thread until the result is there: no other event, task or timer of this thread has its turn meanwhile, but for
   * the callbacks of futures.
   *
   * @throws as {@link result}; ERR_INVALID_STATE for a future that only this thread could complete
   */
  resultSync(timeoutMs = Number.POSITIVE_INFINITY): T {
    this.waitSync(timeoutMs);
    return this.take() as T;
  }

  /** As {@link exception}, and blocks the thread as {@link resultSync}. */
  exceptionSync(timeoutMs = Number.POSITIVE_INFINITY): unknown {
    this.waitSync(timeoutMs);
    return this.takeException();
  }

  /**
   * Calls back when it is done: with the outcome's arrival in this thread, or at once if it is done already. Callbacks are
   * called in the order in which they were added. What one throws is a warning of the process.
   */
  addDoneCallback(callback: (future: Future<T>) => void): void {
    this.watch({ futureDone: () => callback(this) });
  }

  /** Calls back with each value that the call tells by `progress()`, from now on. What a callback throws is a warning. */
  addProgressCallback(callback: (value: unknown) => void): void {
    if (this.progressCallbacks === null) this.progressCallbacks = [callback];
    else this.progressCallbacks.push(callback);
  }

  /**
   * For executors: work on it begins.
   *
   * @returns false if it was cancelled; then nothing is to be done
   * @throws InvalidStateError if it was begun before
   */
  setRunningOrNotifyCancel(): boolean {
    if (this.phase === CANCELLED) {
      this.phase = CANCELLED_AND_NOTIFIED;
      return false;
    }
    if (this.phase !== PENDING) throw new InvalidStateError("The future was begun already");
    this.phase = RUNNING;
    return true;
  }

  /** For executors. @throws InvalidStateError if it is done */
  setResult(result: T): void {
    this.checkNotDone();
    this.settle(SUCCEEDED, result);
  }

  /** For executors. @throws InvalidStateError if it is done */
  setException(error: unknown): void {
    this.checkNotDone();
    this.settle(FAILED, error);
  }

  /** For executors: the call has told how far it is. Of no effect when it is done. */
  setProgress(value: unknown): void {
    if (this.done) return;
    this.lastProgress = value;
    for (const callback of this.progressCallbacks ?? []) {
      try {
        callback(value);
      } catch (error) {
        warnOf(error);
      }
    }
  }

  /** @internal The watcher is told once, at once if it is done. */
  watch(watcher: FutureWatcher): void {
    if (this.done) this.tell(watcher);
    else if (this.watchers === null) this.watchers = [watcher];
    else this.watchers.push(watcher);
  }

  /** @internal */
  unwatch(watcher: FutureWatcher): void {
    const at = this.watchers?.indexOf(watcher) ?? -1;
    if (at >= 0) this.watchers!.splice(at, 1);
  }

  /** @internal The result of one that is done. */
  take(): unknown {
    if (this.phase === SUCCEEDED) return this.outcome;
    throw this.failed ? this.outcome : new CancelledError("The future was cancelled");
  }

  /** @internal The exception of one that is done, or null. */
  takeException(): unknown {
    if (this.phase === FAILED) return this.outcome;
    this.take();
    return null;
  }

  /** It is to be cancelled before work on it has begun. @returns false if that has, after all */
  protected withdraw(): boolean {
    return true;
  }

  /** @internal Blocks the thread until it is done, or the time is up. */
  blockUpTo(timeoutMs: number): void {
    if (!this.done) this.block(timeoutMs);
  }

  /** Ends the work on it. @returns whether that is possible, and it has not just ended by itself */
  protected interrupt(): boolean {
    return false;
  }

  /** Blocks the thread until it is done, or the time is up. */
  protected block(_timeoutMs: number): void {
    throw new InvalidStateError(
      "Blocking would never end: this future is completed by this thread itself. Wait with yield* or await future.result()",
    );
  }

  private waitSync(timeoutMs: number): void {
    this.blockUpTo(timeoutMs);
    if (!this.done) throw new TimeoutError(`It took longer than ${timeoutMs} ms: ${this.description}`);
  }

  private checkNotDone(): void {
    if (this.done) throw new InvalidStateError(`${this.description} is done already`);
  }

  private settle(phase: number, outcome: unknown): void {
    this.phase = phase;
    this.outcome = outcome;
    const { watchers } = this;
    if (watchers === null) return;
    this.watchers = null;
    for (const watcher of watchers) this.tell(watcher);
  }

  private tell(watcher: FutureWatcher): void {
    try {
      watcher.futureDone(this);
    } catch (error) {
      warnOf(error);
    }
  }
}

function warnOf(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
