import { type Operation, sleep } from "../task/index.ts";
import { checkNumber, checkWhole, outOfRange } from "./arguments.ts";
import { QueuedOperation, WaitQueue } from "./wait-queue.ts";

/** How much a rate limiter lets through. */
export interface RateLimiterOptions {
  /** How many in each `perMs`, in the long run. A whole number of 1 or more. */
  readonly count: number;
  /** Milliseconds, more than 0. */
  readonly perMs: number;
  /**
   * How many may go at once after a pause. Default: `count`. With 1 they go evenly spaced. Within any `perMs` no more than
   * `count + burst` go.
   */
  readonly burst?: number;
}

class PassOperation extends QueuedOperation<void> {
  readonly count: number;
  private readonly limiter: RateLimiter;

  constructor(limiter: RateLimiter, count: number) {
    super();
    this.limiter = limiter;
    this.count = count;
  }

  grant(): void {
    this.succeed();
  }

  protected override begin(): void {
    this.limiter.beginAcquire(this);
  }

  protected override end(): void {
    this.limiter.leaveAcquire(this);
    this.giveUp();
  }

  protected override giveBack(): void {
    this.limiter.refund(this.count);
  }
}

/**
 * A token bucket: tokens come in at a steady rate, up to `burst` of them, and each pass takes one. First come, first served.
 * The rate is kept exactly: a timer that fires late, or a thread that was busy, delays a pass but not those after it, up to
 * `perMs`. Waiting for a token keeps the process alive, as each wait for a time does.
 */
export class RateLimiter {
  private readonly spacingMs: number;
  private readonly perMs: number;
  private readonly burst: number;
  /** When the bucket will be full. While somebody waits it may lie in the past: what was late is made up for. */
  private fullAtMs = 0;
  private readonly waiters = new WaitQueue<PassOperation>();
  private alarm: Operation<void> | null = null;

  /** @throws ERR_OUT_OF_RANGE for values outside of their ranges, ERR_INVALID_ARG_TYPE for what is no number */
  constructor({ count, perMs, burst = count }: RateLimiterOptions) {
    checkWhole("count", count, 1);
    if (!(checkNumber("perMs", perMs) > 0 && perMs < Number.POSITIVE_INFINITY)) {
      throw outOfRange("perMs", "a number of milliseconds above 0", perMs);
    }
    this.burst = checkWhole("burst", burst, 1);
    this.perMs = perMs;
    this.spacingMs = perMs / count;
  }

  /** Tokens that are there; 0 while somebody waits for some. */
  get available(): number {
    if (!this.waiters.isEmpty) return 0;
    const missing = Math.max(0, this.fullAtMs - performance.now()) / this.spacingMs;
    return Math.floor(this.burst - missing);
  }

  /**
   * Waits for tokens and takes them. If the wait is cancelled before the task goes on, the next gets them.
   *
   * @param count 1 up to `burst`. Default: 1
   * @throws ERR_OUT_OF_RANGE for more than `burst`
   */
  acquire(count = 1): Operation<void> {
    return new PassOperation(this, this.checkCount(count));
  }

  /** Takes tokens if nobody has to wait for them. @returns false if there are too few, or others wait */
  tryAcquire(count = 1): boolean {
    this.checkCount(count);
    const now = performance.now();
    if (!this.waiters.isEmpty || this.dueMs(count) > now) return false;
    this.fullAtMs = Math.max(this.fullAtMs, now) + count * this.spacingMs;
    return true;
  }

  /** @internal */
  beginAcquire(operation: PassOperation): void {
    if (this.tryAcquire(operation.count)) {
      operation.grant();
      return;
    }
    this.waiters.push(operation);
    if (this.waiters.head === operation) this.grantWaiting();
  }

  /** @internal */
  leaveAcquire(operation: PassOperation): void {
    const wasHead = this.waiters.head === operation;
    this.waiters.remove(operation);
    if (wasHead) this.grantWaiting();
  }

  /** @internal Takes tokens back. */
  refund(count: number): void {
    this.fullAtMs -= count * this.spacingMs;
    this.grantWaiting();
  }

  /** When so many tokens will be there. */
  private dueMs(count: number): number {
    return this.fullAtMs - (this.burst - count) * this.spacingMs;
  }

  private grantWaiting(): void {
    const now = performance.now();
    // What a long halt has cost is not made up for: all would go at once.
    this.fullAtMs = Math.max(this.fullAtMs, now - this.perMs);
    let { head } = this.waiters;
    for (; head && this.dueMs(head.count) <= now; head = this.waiters.head) {
      this.waiters.remove(head);
      this.fullAtMs += head.count * this.spacingMs;
      head.grant();
    }
    this.stopAlarm();
    if (head) this.setAlarm(this.dueMs(head.count) - now);
  }

  private setAlarm(delayMs: number): void {
    const alarm = sleep(delayMs);
    this.alarm = alarm;
    alarm.then(
      () => {
        this.alarm = null;
        this.grantWaiting();
      },
      () => {},
    );
  }

  private stopAlarm(): void {
    const { alarm } = this;
    this.alarm = null;
    // Its end is told as a failure, which nobody asks for.
    alarm?.abort();
  }

  private checkCount(count: number): number {
    if (checkWhole("count", count, 1) <= this.burst) return count;
    throw outOfRange("count", `at most ${this.burst}, which is all that goes at once`, count);
  }
}
