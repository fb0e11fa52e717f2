import { map, pipe, type Stream } from "../stream/index.ts";
import { checkCapacity, checkNumber, checkWhole, Deque } from "../sync/index.ts";
import { type Coroutine, type Operation, timeout } from "../task/index.ts";
import type { AnyFunction } from "./call.ts";
import type { MapOptions } from "./executor.ts";
import type { Future } from "./future.ts";

/** Arguments of one call. */
type Args = readonly unknown[];

/** Where the calls of a map are made. */
export interface ChunkExecutor {
  /** @returns null if there is no room */
  trySubmit(fn: AnyFunction, args: Args, isChunk: boolean): Future<unknown> | null;
  /** Waits for room. */
  room(): Operation<void>;
}

/** The calls of a map, submitted ahead of the results that are taken. */
class MapAhead<R> {
  private readonly executor: ChunkExecutor;
  private readonly fn: AnyFunction;
  private readonly chunks: Iterator<readonly Args[]>;
  private readonly bufferSize: number;
  private readonly deadline: number;
  private readonly futures = new Deque<Future<readonly R[]>>();
  /** The one whose results come next. */
  private first: Future<readonly R[]> | undefined = undefined;
  /** Results of a chunk that are still to be taken. */
  private results: readonly R[] = [];
  private taken = 0;
  private next: readonly Args[] | undefined;

  constructor(executor: ChunkExecutor, fn: AnyFunction, inputs: Iterable<Args>, options: MapOptions) {
    const {
      timeoutMs = Number.POSITIVE_INFINITY,
      chunkSize = 1,
      bufferSize = Number.POSITIVE_INFINITY,
    } = options;
    this.executor = executor;
    this.fn = fn;
    this.chunks = chunk(inputs, checkWhole("chunkSize", chunkSize, 1));
    this.bufferSize = checkCapacity(bufferSize, 1);
    this.deadline = performance.now() + checkNumber("timeoutMs", timeoutMs);
    this.next = this.pull();
    this.submitAhead();
  }

  /** One for each result; left early, it cancels what has not begun. */
  *turns(): Generator<void, void> {
    try {
      while (this.taken < this.results.length || this.first || this.futures.length > 0 || this.next) yield;
    } finally {
      this.first?.cancel();
      for (let future = this.futures.shift(); future; future = this.futures.shift()) future.cancel();
    }
  }

  *take(): Coroutine<R> {
    if (this.taken === this.results.length) {
      this.first ??= this.futures.shift();
      this.submitAhead();
      while (!this.first) {
        yield* timeout(this.leftMs, this.executor.room());
        this.submitAhead();
        this.first = this.futures.shift();
      }
      this.results = yield* this.first.result(this.leftMs);
      this.first = undefined;
      this.taken = 0;
    }
    return this.results[this.taken++]!;
  }

  private get leftMs(): number {
    return Math.max(0, this.deadline - performance.now());
  }

  private submitAhead(): void {
    while (this.next && this.futures.length < this.bufferSize) {
      const future = this.executor.trySubmit(this.fn, this.next, true);
      if (future === null) return;
      this.futures.push(future as Future<readonly R[]>);
      this.next = this.pull();
    }
  }

  private pull(): readonly Args[] | undefined {
    const { done, value } = this.chunks.next();
    return done ? undefined : value;
  }
}

/**
 * A stream of a function's results, in the order of the inputs.
 *
 * @param inputs tuples of arguments
 */
export function mapAhead<R>(
  executor: ChunkExecutor,
  fn: AnyFunction,
  inputs: Iterable<Args>,
  options: MapOptions,
): Stream<R> {
  const ahead = new MapAhead<R>(executor, fn, inputs, options);
  return pipe(
    ahead.turns(),
    map(() => ahead.take()),
  );
}

/** Iterables side by side, up to the end of the shortest. */
export function* zip(iterables: readonly Iterable<unknown>[]): Generator<Args, void> {
  const iterators = iterables.map((iterable) => iterable[Symbol.iterator]());
  while (iterators.length > 0) {
    const results = iterators.map((iterator) => iterator.next());
    if (results.some(({ done }) => done)) return;
    yield results.map(({ value }) => value);
  }
}

/** Items in arrays of a length; the last may be shorter. */
export function* chunk<T>(items: Iterable<T>, size: number): Generator<readonly T[], void> {
  let some: T[] = [];
  for (const item of items) {
    some.push(item);
    if (some.length < size) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}
