import type { Operation } from "../task/index.ts";
import { checkWhole, outOfRange } from "./arguments.ts";
import { QueuedOperation, WaitQueue } from "./wait-queue.ts";

/** Permits that somebody holds: `using permit = yield* semaphore.acquire()` releases them at the end of the block. */
export class Permit implements Disposable {
  /** How many. */
  readonly count: number;
  private semaphore: Semaphore | null;

  /** @internal Permits come from `acquire()`. */
  constructor(semaphore: Semaphore, count: number) {
    this.semaphore = semaphore;
    this.count = count;
  }

  /** Gives them back, once: further calls have no effect. */
  release(): void {
    const { semaphore } = this;
    this.semaphore = null;
    semaphore?.take(this.count);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

class AcquireOperation extends QueuedOperation<Permit> {
  readonly count: number;
  private readonly semaphore: Semaphore;

  constructor(semaphore: Semaphore, count: number) {
    super();
    this.semaphore = semaphore;
    this.count = count;
  }

  grant(permit: Permit): void {
    this.succeed(permit);
  }

  protected override begin(): void {
    this.semaphore.beginAcquire(this);
  }

  protected override end(): void {
    this.semaphore.leaveAcquire(this);
    this.giveUp();
  }

  protected override giveBack(permit: Permit): void {
    permit.release();
  }
}

/**
 * Lets a limited number in at a time. It is strictly first come, first served: who asks for many permits is not overtaken by
 * those who ask for few.
 */
export class Semaphore {
  /** How many there are altogether. */
  readonly permits: number;
  private free: number;
  private readonly waiters = new WaitQueue<AcquireOperation>();

  /** @throws ERR_OUT_OF_RANGE for what is no whole number of 1 or more, ERR_INVALID_ARG_TYPE for what is no number */
  constructor(permits: number) {
    this.permits = checkWhole("permits", permits, 1);
    this.free = permits;
  }

  /** Permits that nobody holds. */
  get available(): number {
    return this.free;
  }

  /**
   * Waits for permits, all at once. If the wait is cancelled when they were granted already, they go to the next.
   *
   * @param count 1 up to all that there are. Default: 1
   * @throws ERR_OUT_OF_RANGE for more than there are altogether
   */
  acquire(count = 1): Operation<Permit> {
    return new AcquireOperation(this, this.checkCount(count));
  }

  /** Takes permits if nobody has to wait for them. @returns null if there are too few, or others wait */
  tryAcquire(count = 1): Permit | null {
    if (!this.waiters.isEmpty || this.free < this.checkCount(count)) return null;
    return this.grant(count);
  }

  /** @internal */
  beginAcquire(operation: AcquireOperation): void {
    this.waiters.push(operation);
    this.grantWaiting();
  }

  /** @internal */
  leaveAcquire(operation: AcquireOperation): void {
    this.waiters.remove(operation);
    this.grantWaiting();
  }

  /** @internal Takes permits back. */
  take(count: number): void {
    this.free += count;
    this.grantWaiting();
  }

  private grantWaiting(): void {
    for (let first = this.waiters.head; first && first.count <= this.free; first = this.waiters.head) {
      this.waiters.remove(first);
      first.grant(this.grant(first.count));
    }
  }

  private grant(count: number): Permit {
    this.free -= count;
    return new Permit(this, count);
  }

  private checkCount(count: number): number {
    if (checkWhole("count", count, 1) <= this.permits) return count;
    throw outOfRange("count", `at most ${this.permits}, which are all the permits there are`, count);
  }
}
