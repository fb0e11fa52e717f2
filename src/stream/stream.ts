import type { Operation } from "../task/index.ts";

/**
 * Items that come one after the other, when they are asked for: nothing is made before somebody waits for it, so whoever
 * is slow slows down the source, and nothing piles up in between.
 *
 * Sockets, servers and channels are streams, and so is what the functions of `pentio/streams` return. A program makes
 * one of anything that can be iterated by `toStream()`, or implements these few methods. A stream has one consumer.
 */
export interface Stream<T> extends AsyncIterable<T, void, undefined> {
  /**
   * Waits for the next item; `{ done: true }` is the end, however often one asks after it. What a
   * cancelled wait was to get is there for the next.
   */
  next(): Operation<IteratorResult<T, void>>;

  /**
   * Says that nothing more will be asked for, so that the source can be closed; the result waits for that. Whoever leaves
   * a stream before its end calls it: `each`, `pipe` and `for await` do. Streams that others consume too, as channels, do
   * without.
   */
  return?(): Operation<unknown>;
}

/**
 * What items can come from: Pentio's own streams, async iterables (web streams and Node's are such) and iterables.
 */
export type Source<T> = AsyncIterable<T, unknown, undefined> | Iterable<T, unknown, undefined>;

/** The end, as `next()` tells it. */
export const END: IteratorReturnResult<void> = { done: true, value: undefined };
