import { checkWhole } from "../sync/index.ts";
import type { Coroutine } from "../task/index.ts";
import { END, type Source } from "./stream.ts";
import { type Stage, TransformedStream } from "./transformed-stream.ts";

/**
 * Ends the stream after the first items, and closes the source, of which no more is taken.
 *
 * @param count a whole number, 0 or more
 * @throws ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE
 */
export function take<T>(count: number): Stage<T, T> {
  checkWhole("count", count, 0);
  return (source) => new TakenStream(source, count);
}

/**
 * Leaves out the first items.
 *
 * @param count a whole number, 0 or more
 * @throws ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE
 */
export function drop<T>(count: number): Stage<T, T> {
  checkWhole("count", count, 0);
  return (source) => new DroppedStream(source, count);
}

class TakenStream<T> extends TransformedStream<T, T> {
  private left: number;

  constructor(source: Source<T>, count: number) {
    super(source);
    this.left = count;
  }

  protected override *produce(): Coroutine<IteratorResult<T, void>> {
    if (this.left === 0) {
      yield* this.leave();
      return END;
    }
    const result = yield* this.intake.next();
    this.left--;
    return result;
  }
}

class DroppedStream<T> extends TransformedStream<T, T> {
  private left: number;

  constructor(source: Source<T>, count: number) {
    super(source);
    this.left = count;
  }

  protected override *produce(): Coroutine<IteratorResult<T, void>> {
    for (; this.left > 0; this.left--) {
      const { done } = yield* this.intake.next();
      if (done) return END;
    }
    return yield* this.intake.next();
  }
}
