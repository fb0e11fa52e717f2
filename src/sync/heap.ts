import type { Store } from "./outlet.ts";

interface Entry<T> {
  readonly value: T;
  /** Tells apart who came first among equals. */
  readonly sequence: number;
}

/** Values in an order of their own; among equals, first in, first out. A binary heap: each step costs O(log n). */
export class Heap<T> implements Store<T> {
  private readonly compare: (a: T, b: T) => number;
  private readonly entries: Entry<T>[] = [];
  private lastSequence = 0;
  private firstSequence = 0;

  /** @param compare as for Array.prototype.sort: negative if `a` comes out before `b` */
  constructor(compare: (a: T, b: T) => number) {
    this.compare = compare;
  }

  get length(): number {
    return this.entries.length;
  }

  push(value: T): void {
    this.insert({ value, sequence: ++this.lastSequence });
  }

  /** Adds before its equals. */
  unshift(value: T): void {
    this.insert({ value, sequence: --this.firstSequence });
  }

  shift(): T | undefined {
    const { entries } = this;
    const first = entries[0];
    if (!first) return undefined;
    const last = entries.pop()!;
    if (entries.length > 0) this.sink(last);
    return first.value;
  }

  private insert(entry: Entry<T>): void {
    const { entries } = this;
    let at = entries.length;
    entries.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.isBefore(entry, entries[above]!)) break;
      entries[at] = entries[above]!;
      at = above;
    }
    entries[at] = entry;
  }

  /** Puts an entry in the place of the first, and moves it down to its own. */
  private sink(entry: Entry<T>): void {
    const { entries } = this;
    const { length } = entries;
    let at = 0;
    for (let below = 1; below < length; below = 2 * at + 1) {
      if (below + 1 < length && this.isBefore(entries[below + 1]!, entries[below]!)) below++;
      if (!this.isBefore(entries[below]!, entry)) break;
      entries[at] = entries[below]!;
      at = below;
    }
    entries[at] = entry;
  }

  private isBefore(a: Entry<T>, b: Entry<T>): boolean {
    // As in sort(), what is no number says that neither comes before the other.
    return (this.compare(a.value, b.value) || a.sequence - b.sequence) < 0;
  }
}
