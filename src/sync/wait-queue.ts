import { Operation } from "../task/index.ts";

/** An operation that waits among others: it is the node of their list itself, so that waiting allocates nothing more. */
export abstract class QueuedOperation<T> extends Operation<T> {
  /** The one that came before, for {@link WaitQueue}. */
  declare ahead: QueuedOperation<unknown> | null;
  /** The one that came after, for {@link WaitQueue}. */
  declare behind: QueuedOperation<unknown> | null;

  constructor() {
    super();
    // Stores, not field definitions, as in Operation: there is one of these for each wait.
    this.ahead = null;
    this.behind = null;
  }
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

  /** Takes all who wait. */
  drain(): W[] {
    const all: W[] = [];
    for (let first = this.shift(); first; first = this.shift()) all.push(first);
    return all;
  }

  /** Removes one that waits here. @returns false for one that no longer does */
  remove(waiter: W): boolean {
    const { ahead, behind } = waiter;
    if (ahead === null && this.first !== waiter) return false;
    if (ahead) ahead.behind = behind;
    else this.first = behind as W | null;
    if (behind) behind.ahead = ahead;
    else this.last = ahead as W | null;
    waiter.ahead = null;
    waiter.behind = null;
    return true;
  }
}
