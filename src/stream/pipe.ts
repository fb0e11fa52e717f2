import type { Source, Stream } from "./stream.ts";
import { toStream } from "./to-stream.ts";

/**
 * Leads a source through functions, each of which takes what the one before has made: stages (`map(…)`, `batch(…)`, or a
 * function of your own from a stream to an async iterable), at the end perhaps a sink (`into(socket)`) or a bridge
 * (`toReadableStream`).
 *
 * @returns what the last function returns: a stream, or an operation to wait for
 */
export function pipe<A>(source: Source<A>): Stream<A>;
export function pipe<A, B>(source: Source<A>, f1: (value: Stream<A>) => B): B;
export function pipe<A, B, C>(source: Source<A>, f1: (value: Stream<A>) => B, f2: (value: B) => C): C;
export function pipe<A, B, C, D>(
  source: Source<A>,
  f1: (value: Stream<A>) => B,
  f2: (value: B) => C,
  f3: (value: C) => D,
): D;
export function pipe<A, B, C, D, E>(
  source: Source<A>,
  f1: (value: Stream<A>) => B,
  f2: (value: B) => C,
  f3: (value: C) => D,
  f4: (value: D) => E,
): E;
export function pipe<A, B, C, D, E, F>(
  source: Source<A>,
  f1: (value: Stream<A>) => B,
  f2: (value: B) => C,
  f3: (value: C) => D,
  f4: (value: D) => E,
  f5: (value: E) => F,
): F;
export function pipe<A, B, C, D, E, F, G>(
  source: Source<A>,
  f1: (value: Stream<A>) => B,
  f2: (value: B) => C,
  f3: (value: C) => D,
  f4: (value: D) => E,
  f5: (value: E) => F,
  f6: (value: F) => G,
): G;
export function pipe<A, B, C, D, E, F, G, H>(
  source: Source<A>,
  f1: (value: Stream<A>) => B,
  f2: (value: B) => C,
  f3: (value: C) => D,
  f4: (value: D) => E,
  f5: (value: E) => F,
  f6: (value: F) => G,
  f7: (value: G) => H,
): H;
export function pipe<A, B, C, D, E, F, G, H, I>(
  source: Source<A>,
  f1: (value: Stream<A>) => B,
  f2: (value: B) => C,
  f3: (value: C) => D,
  f4: (value: D) => E,
  f5: (value: E) => F,
  f6: (value: F) => G,
  f7: (value: G) => H,
  f8: (value: H) => I,
): I;
export function pipe(source: Source<unknown>, ...functions: readonly ((value: never) => unknown)[]): unknown {
  return functions.reduce<unknown>((value, next) => next(value as never), toStream(source));
}
