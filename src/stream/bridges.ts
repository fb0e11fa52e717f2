import { Readable, type ReadableOptions } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { AsyncPulls } from "./async-pulls.ts";
import type { Source } from "./stream.ts";
import { toStream } from "./to-stream.ts";

/**
 * As a web stream, for `Response`, `Blob` and others. An item is taken when one is asked for; cancelling it closes the
 * source, and an error of the source is the web stream's.
 */
export function toReadableStream<T>(source: Source<T>): ReadableStream<T> {
  return ReadableStream.from(pullsOf(source));
}

/**
 * As a `Readable` of Node. Destroying it closes the source, and an error of the source destroys it.
 *
 * @param options Node's own. Defaults: `objectMode: true` and `highWaterMark: 1`, so that at most one item is read ahead
 */
export function toNodeReadable(source: Source<unknown>, options?: ReadableOptions): Readable {
  return Readable.from(pullsOf(source), options);
}

/** Both may leave a source while they wait for an item, which not all iterators of others can do. */
function pullsOf<T>(source: Source<T>): AsyncIterable<T> {
  const stream = toStream(source);
  return { [Symbol.asyncIterator]: () => new AsyncPulls(stream) };
}
