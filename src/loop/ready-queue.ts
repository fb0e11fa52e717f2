import { beginMessages, endMessage, type MessageSource } from "./message-clock.ts";

/** Something that is ready to run, once. */
export interface Runnable extends MessageSource {
  run(): void;
}

/** What becomes ready while a batch runs joins it as long as the batch is no longer than this, and no older. */
const BATCH_STEPS = 256;
const BATCH_MS = 1;

/** So many runnables of a turn have the clock read for each, so that what is slow is told by its name. */
const EXACT_STEPS = 32;

/** Later in a turn one reading serves so many, while all goes quickly: a reading costs as much as a short step. */
const STRETCH_STEPS_MAX = 32;

/** A stretch that took longer is followed by one of a single runnable. */
const QUICK_MS = 0.1;

/** Names that a report of a stretch tells. */
const NAMES_MAX = 4;

/** A longer ring is given back when it is empty. */
const KEPT_LENGTH = 4096;

/**
 * What is ready, in order: a ring. What becomes ready while a batch runs joins it within bounds, so that tasks which hand
 * over to each other need not wait for the rest of the loop each time.
 *
 * The runnables between two readings of the clock are a stretch.
 */
export class ReadyQueue implements MessageSource {
  private items = emptyRing(256);
  private mask = 255;
  // Counts, of which a place is the lower bits; they wrap at 32 bits, so differences are what is compared.
  /** The first runnable of the stretch. */
  private head = 0;
  /** What runs next. */
  private next = 0;
  private tail = 0;
  /** Runnables of this turn that are still timed one by one. */
  private exactLeft = EXACT_STEPS;
  /** Runnables of the next stretch, at most. */
  private stretchSteps = 1;

  get isEmpty(): boolean {
    return this.next === this.tail;
  }

  /** Of the stretch that has run, for reports: the name, or a few names out of which the slow one is. */
  get name(): string {
    const names = [...new Set(this.stretch().map(({ name }) => name ?? "task"))];
    const others = names.length > NAMES_MAX ? ", …" : "";
    return names.slice(0, NAMES_MAX).join(" or ") + others;
  }

  /** Of the stretch that has run, for reports: the place of a runnable that ran alone. */
  locate(): ReturnType<NonNullable<Runnable["locate"]>> {
    const [first, ...others] = new Set(this.stretch());
    return others.length === 0 ? (first?.locate?.() ?? null) : null;
  }

  push(runnable: Runnable): void {
    if (((this.tail - this.head) | 0) === this.mask) this.resize(2 * this.items.length);
    this.items[this.tail & this.mask] = runnable;
    this.tail = (this.tail + 1) | 0;
  }

  /** The loop has waited, and begins anew. */
  beginTurn(): void {
    this.exactLeft = EXACT_STEPS;
    this.stretchSteps = 1;
  }

  /**
   * Runs one batch. If a runnable throws, so does this, and the rest is the next batch.
   *
   * @param began the time, if the clock has just been read: by the clock itself, for what is taken off a message because it is
   *   watched elsewhere makes the rest wait all the same
   */
  runBatch(began = beginMessages()): void {
    if (this.isEmpty) return;
    this.forgetStretch();
    const length = (this.tail - this.next) | 0;
    let steps = 0;
    let now = began;
    while (!this.isEmpty && (steps < length || (steps < BATCH_STEPS && now - began < BATCH_MS))) {
      const before = now;
      steps += this.runStretch();
      now = endMessage("task", this);
      this.forgetStretch();
      if (now - before > QUICK_MS) this.stretchSteps = 1;
      else if (this.exactLeft < 0 && this.stretchSteps < STRETCH_STEPS_MAX) this.stretchSteps *= 2;
    }
    if (this.isEmpty && this.items.length > KEPT_LENGTH) this.resize(KEPT_LENGTH);
  }

  /** @returns how many it has run */
  private runStretch(): number {
    const stepsMax = this.stretchSteps;
    let steps = 0;
    while (steps < stepsMax && this.next !== this.tail) {
      const runnable = this.items[this.next & this.mask]!;
      this.next = (this.next + 1) | 0;
      runnable.run();
      steps++;
    }
    this.exactLeft -= steps;
    return steps;
  }

  private stretch(): Runnable[] {
    const length = (this.next - this.head) | 0;
    return Array.from({ length }, (_, i) => this.items[(this.head + i) & this.mask]!);
  }

  private forgetStretch(): void {
    while (this.head !== this.next) {
      this.items[this.head & this.mask] = null;
      this.head = (this.head + 1) | 0;
    }
  }

  private resize(length: number): void {
    const items = emptyRing(length);
    const mask = length - 1;
    for (let i = this.head; i !== this.tail; i = (i + 1) | 0) items[i & mask] = this.items[i & this.mask]!;
    this.items = items;
    this.mask = mask;
  }
}

function emptyRing(length: number): (Runnable | null)[] {
  return new Array(length).fill(null);
}
