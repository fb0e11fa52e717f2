import type { Coroutine } from "../task/index.ts";
import type { Source } from "./stream.ts";
import { type Stage, TransformedStream } from "./transformed-stream.ts";
import { type Resolved, resolve } from "./work.ts";

/**
 * Makes another item of each.
 *
 * @param fn a function, a generator function that waits with `yield*`, or an async function; one runs at a time, in the
 *   order of the items. `index` counts from 0. What it throws ends the stream and closes the source.
 */
export function map<A, R>(fn: (item: A, index: number) => R): Stage<A, Resolved<R>> {
  return (source) => new MappedStream(source, fn);
}

class MappedStream<A, R> extends TransformedStream<A, Resolved<R>> {
  private readonly fn: (item: A, index: number) => R;
  private index = 0;

  constructor(source: Source<A>, fn: (item: A, index: number) => R) {
    super(source);
    this.fn = fn;
  }

  protected override *produce(): Coroutine<IteratorResult<Resolved<R>, void>> {
    const result = yield* this.intake.next();
    if (result.done) return result;
    return { done: false, value: yield* resolve(this.fn(result.value, this.index++)) };
  }
}
