import { Operation } from "../task/index.ts";

/** An operation that waits among others: it is the node of their list itself, so that waiting allocates nothing more. */
export abstract class QueuedOperation<T> extends Operation<T> {
  /** The one that came before, for {@link WaitQueue}. */
  ahead: QueuedOperation<unknown> | null = null;
  /** The one that came after, for {@link WaitQueue}. */
  behind: QueuedOperation<unknown> | null = null;
}

/** Who waits, in the order of coming. Each step costs the same however many there are, leaving from the middle too. */
export class WaitQueue<W extends QueuedOperation<unknown>> {
  private first: W | null = null;
  private last: W | null = null;

  get isEmpty(): boolean {
    return this.first === null;
  }

  /** Who has waited longest; null if nobody waits. */
  get head(): W | null {
    return this.first;
  }

  /** Adds at the end. */
  push(waiter: W): void {
    const { last } = this;
    waiter.ahead = last;
    if (last) last.behind = waiter;
    else this.first = waiter;
    this.last = waiter;
  }

  /** Takes who has waited longest; null if nobody waits. */
  shift(): W | null {
    const { first } = this;
    if (first) this.remove(first);
    return first;
  }

  /** Removes one that waits here. */
  remove(waiter: W): void {
    const { ahead, behind } = waiter;
    if (ahead) ahead.behind = behind;
    else this.first = behind as W | null;
    if (behind) behind.ahead = ahead;
    else this.last = ahead as W | null;
    waiter.ahead = null;
    waiter.behind = null;
  }
}
