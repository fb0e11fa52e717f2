import type { Coroutine } from "../task/index.ts";
import type { Source } from "./stream.ts";
import { type Stage, TransformedStream } from "./transformed-stream.ts";
import { resolve, type Work } from "./work.ts";

type Test<T> = (item: T, index: number) => Work<unknown>;

/**
 * Lets through what passes a test.
 *
 * @param test a function, a generator function or an async function, as of {@link map}; a truthy result lets the item
 *   through, and a type predicate makes the items of that type
 */
export function filter<A, B extends A>(test: (item: A, index: number) => item is B): Stage<A, B>;
export function filter<A>(test: Test<A>): Stage<A, A>;
export function filter<A>(test: Test<A>): Stage<A, A> {
  return (source) => new FilteredStream(source, test);
}

class FilteredStream<T> extends TransformedStream<T, T> {
  private readonly test: Test<T>;
  private index = 0;

  constructor(source: Source<T>, test: Test<T>) {
    super(source);
    this.test = test;
  }

  protected override *produce(): Coroutine<IteratorResult<T, void>> {
    for (;;) {
      const result = yield* this.intake.next();
      if (result.done || (yield* resolve(this.test(result.value, this.index++)))) return result;
    }
  }
}
