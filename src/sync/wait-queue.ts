import { Operation } from "../task/index.ts";

/** An operation that waits among others: it is the node of their list itself, so that waiting allocates nothing more. */
export abstract class QueuedOperation<T> extends Operation<T> {
  /** The one that came before, for {@link WaitQueue}. */
  ahead: QueuedOperation<unknown> | null = null;
  /** The one that came after, for {@link WaitQueue}. */
  behind: QueuedOperation<unknown> | null = null;

  // biome-ignore lint/complexity/noUselessConstructor: the one that is made otherwise passes on arguments, at a cost
  constructor() {
    super();
  }
}

/**
 * Who waits, in the order of coming. Each step costs the same however many there are, leaving from the middle too. A ring of
 * which only the end is known: one that waits alone is known by one reference, and each costs the garbage collector work.
 */
export class WaitQueue<W extends QueuedOperation<unknown>> {
  private last: W | null = null;

  get isEmpty(): boolean {
    return this.last === null;
  }

  /** Who has waited longest; null if nobody waits. */
  get head(): W | null {
    return this.last && (this.last.behind as W);
  }

  /** Adds at the end. */
  push(waiter: W): void {
    const { last } = this;
    if (last === null) {
      waiter.ahead = waiter;
      waiter.behind = waiter;
    } else {
      const first = last.behind!;
      waiter.ahead = last;
      waiter.behind = first;
      last.behind = waiter;
      first.ahead = waiter;
    }
    this.last = waiter;
  }

  /** Takes who has waited longest; null if nobody waits. */
  shift(): W | null {
    const { last } = this;
    if (last === null) return null;
    const first = last.behind as W;
    this.remove(first);
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
    if (ahead === null || behind === null) return false;
    if (ahead === waiter) {
      this.last = null;
    } else {
      ahead.behind = behind;
      behind.ahead = ahead;
      if (this.last === waiter) this.last = ahead as W;
    }
    waiter.ahead = null;
    waiter.behind = null;
    return true;
  }
}
