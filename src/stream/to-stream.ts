import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { misuse, Operation } from "../task/index.ts";
import { type AsyncItems, AsyncIterableStream, IterableStream } from "./source-streams.ts";
import type { Source, Stream } from "./stream.ts";

/**
 * Makes a stream of anything that can be iterated: arrays, generators, async generators, web streams, Node's. Pentio's own
 * streams are returned as they are. All functions that take a source do it by themselves.
 *
 * Leaving the stream destroys a `Readable`, cancels a `ReadableStream`, and calls `return()` of any other iterator. A wait
 * inside of an async generator cannot be ended: if that is where it is left, the generator is told so and not waited for.
 *
 * @throws ERR_INVALID_ARG_TYPE for what cannot be iterated
 */
export function toStream<T>(source: Source<T>): Stream<T> {
  if (source instanceof ReadableStream) return new AsyncIterableStream(() => webItems<T>(source));
  if (source instanceof Readable) return new AsyncIterableStream(() => nodeItems<T>(source));
  if (source instanceof Operation) throw invalidSource("an operation: wait for it with yield* first");
  if (isAsyncIterable(source))
    return isStream(source) ? source : new AsyncIterableStream(() => itemsOf(source));
  if (isIterable(source)) return new IterableStream(source);
  throw invalidSource(source === null ? "null" : typeof source);
}

/** The wait for the next item of something that looks like a stream. */
export function nextOf<T>(stream: Stream<T>): Operation<IteratorResult<T, void>> {
  const next: unknown = stream.next();
  if (next instanceof Operation) return next as Operation<IteratorResult<T, void>>;
  throw misuse(
    "This source has a next() that is no operation of Pentio's: pass source[Symbol.asyncIterator]() in its place",
  );
}

/** Iterators that are their own iterables, such as async generators, have next() too. */
function isStream<T>(source: AsyncIterable<T>): source is Stream<T> {
  return "next" in source && source[Symbol.asyncIterator]() !== source;
}

function itemsOf<T>(source: AsyncIterable<T>): AsyncItems<T> {
  const iterator = source[Symbol.asyncIterator]();
  return iterator.return ? { next: () => iterator.next(), return: () => iterator.return!() } : iterator;
}

function webItems<T>(source: ReadableStream<T>): AsyncItems<T> {
  const reader = source.getReader();
  return {
    interruptible: true,
    next: () => reader.read(),
    return: () => reader.cancel(),
  };
}

function nodeItems<T>(source: Readable): AsyncItems<T> {
  const iterator: AsyncIterator<T> = source[Symbol.asyncIterator]();
  return {
    interruptible: true,
    next: () => iterator.next(),
    return: async () => {
      source.destroy();
    },
  };
}

function isAsyncIterable<T>(source: Source<T>): source is AsyncIterable<T> {
  return typeof (source as Partial<AsyncIterable<T>> | null)?.[Symbol.asyncIterator] === "function";
}

function isIterable<T>(source: Source<T>): source is Iterable<T> {
  return typeof (source as Partial<Iterable<T>> | null)?.[Symbol.iterator] === "function";
}

function invalidSource(what: string): Error {
  const error = new TypeError(
    `A stream is made of a stream, an async iterable or an iterable, not of ${what}`,
  );
  return Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}
