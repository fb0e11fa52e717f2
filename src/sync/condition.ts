import type { Operation } from "../task/index.ts";
import { checkWhole } from "./arguments.ts";
import { QueuedOperation, WaitQueue } from "./wait-queue.ts";

class ConditionOperation extends QueuedOperation<void> {
  private readonly condition: Condition;

  constructor(condition: Condition) {
    super();
    this.condition = condition;
  }

  tell(): void {
    this.succeed();
  }

  protected override begin(): void {
    this.condition.beginWait(this);
  }

  protected override end(): void {
    this.condition.leaveWait(this);
    this.giveUp();
  }

  protected override giveBack(): void {
    this.condition.notify();
  }
}

/**
 * Lets tasks wait until what they share may suit them, and be told when it has changed:
 *
 * ```
 * while (stock.length === 0) yield* changed.wait();
 * ```
 *
 * It needs no mutex, unlike those of Python and POSIX: nothing else runs between the look and the wait. The loop around
 * it is needed all the same, for others may run, and take what there was, between the notice and the next look.
 */
export class Condition {
  private readonly waiters = new WaitQueue<ConditionOperation>();

  /** Waits to be told; never returns at once. */
  wait(): Operation<void> {
    return new ConditionOperation(this);
  }

  /**
   * Tells those who have waited longest. One who is cancelled before it goes on passes the notice to the next.
   *
   * @param count how many, 0 or more. Default: 1
   * @returns how many were told
   */
  notify(count = 1): number {
    checkWhole("count", count, 0);
    let told = 0;
    for (; told < count; told++) {
      const waiter = this.waiters.shift();
      if (!waiter) break;
      waiter.tell();
    }
    return told;
  }

  /** Tells all who wait now. @returns how many */
  notifyAll(): number {
    const waiters = this.waiters.drain();
    for (const waiter of waiters) waiter.tell();
    return waiters.length;
  }

  /** @internal */
  beginWait(operation: ConditionOperation): void {
    this.waiters.push(operation);
  }

  /** @internal */
  leaveWait(operation: ConditionOperation): void {
    this.waiters.remove(operation);
  }
}
