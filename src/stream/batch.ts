import { checkWhole } from "../sync/index.ts";
import { type Coroutine, sleep, spawn, type Task } from "../task/index.ts";
import { DerivedStream } from "./derived-stream.ts";
import { Intake } from "./intake.ts";
import { ReadAhead } from "./read-ahead.ts";
import { END, type Source } from "./stream.ts";
import { type Stage, TransformedStream } from "./transformed-stream.ts";

/** When a batch is complete. */
export interface BatchOptions {
  /** Items that make it full: a whole number, 1 or more. */
  readonly size: number;
  /**
   * Milliseconds after which one that has an item is complete even so, counted from the arrival of its first; 0 or more.
   * Items are then read ahead, up to `size` of them. Default: a batch waits until it is full.
   */
  readonly withinMs?: number;
}

/**
 * Gathers items into arrays. The last one may be smaller; none is empty. Items that came before a failure are still told.
 *
 * @throws ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE
 */
export function batch<T>({ size, withinMs }: BatchOptions): Stage<T, T[]> {
  checkWhole("size", size, 1);
  // What sleep() would refuse is refused here, where it was written.
  if (withinMs !== undefined) sleep(withinMs);
  return (source) =>
    withinMs === undefined ? new BatchedStream(source, size) : new TimedBatches(source, size, withinMs);
}

class BatchedStream<T> extends TransformedStream<T, T[]> {
  private readonly size: number;
  private items: T[] = [];
  private failure: { readonly error: unknown } | null = null;

  constructor(source: Source<T>, size: number) {
    super(source);
    this.size = size;
  }

  protected override *produce(): Coroutine<IteratorResult<T[], void>> {
    yield* this.gather();
    if (this.items.length > 0) {
      const items = this.items;
      this.items = [];
      return { done: false, value: items };
    }
    if (this.failure) throw this.failure.error;
    return END;
  }

  private *gather(): Coroutine<void> {
    try {
      while (this.items.length < this.size) {
        const result = yield* this.intake.next();
        if (result.done) return;
        this.items.push(result.value);
      }
    } catch (error) {
      this.failure = { error };
    }
  }
}

class TimedBatches<T> extends DerivedStream<T[]> {
  private readonly size: number;
  private readonly withinMs: number;
  private readonly readAhead: ReadAhead<T>;

  constructor(source: Source<T>, size: number, withinMs: number) {
    super();
    this.size = size;
    this.withinMs = withinMs;
    this.readAhead = new ReadAhead([new Intake(source)], size);
  }

  override adopt(owner: Task<unknown>): void {
    this.readAhead.adopt(owner);
  }

  protected override *produce(): Coroutine<IteratorResult<T[], void>> {
    const { readAhead } = this;
    yield* readAhead.waitFor(1);
    const leftMs = readAhead.oldestAtMs + this.withinMs - performance.now();
    if (readAhead.length < this.size && leftMs > 0) yield* this.fill(leftMs);
    if (readAhead.length === 0) return END;
    return { done: false, value: Array.from({ length: readAhead.length }, () => readAhead.take()) };
  }

  protected override leave(): Coroutine<void> {
    return this.readAhead.leave();
  }

  private *fill(leftMs: number): Coroutine<void> {
    const { readAhead } = this;
    const alarm = yield* spawn(function* batchTime() {
      yield* sleep(leftMs);
      readAhead.hurry();
    });
    try {
      yield* readAhead.waitFor(this.size);
    } finally {
      alarm.cancel();
    }
  }
}
