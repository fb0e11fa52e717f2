import { ReadAheadStream } from "./read-ahead-stream.ts";
import type { Source, Stream } from "./stream.ts";

/** The type of a source's items. */
export type ItemOf<S> = S extends Source<infer T> ? T : never;

/**
 * The items of several sources, as they arrive; ends when all have. Of each source at most one item is read ahead, so that
 * none comes short beside a faster one. When one fails, what arrived before is still told; then all others are closed.
 */
export function merge<S extends readonly Source<unknown>[]>(...sources: S): Stream<ItemOf<S[number]>> {
  return new ReadAheadStream(sources as readonly Source<ItemOf<S[number]>>[], 1);
}
