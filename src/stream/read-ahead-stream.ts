import type { Coroutine, Task } from "../task/index.ts";
import { DerivedStream } from "./derived-stream.ts";
import { Intake } from "./intake.ts";
import { ReadAhead } from "./read-ahead.ts";
import { END, type Source } from "./stream.ts";

/** Items of one or several sources, as they arrive. */
export class ReadAheadStream<T> extends DerivedStream<T> {
  private readonly readAhead: ReadAhead<T>;

  /** @param credit items of each source that may be read before they are asked for */
  constructor(sources: readonly Source<T>[], credit: number) {
    super();
    this.readAhead = new ReadAhead(
      sources.map((source) => new Intake(source)),
      credit,
    );
  }

  override adopt(owner: Task<unknown>): void {
    this.readAhead.adopt(owner);
  }

  protected override *produce(): Coroutine<IteratorResult<T, void>> {
    yield* this.readAhead.waitFor(1);
    return this.readAhead.length > 0 ? { done: false, value: this.readAhead.take() } : END;
  }

  protected override leave(): Coroutine<void> {
    return this.readAhead.leave();
  }
}
