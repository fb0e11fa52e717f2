import type { Coroutine, Task } from "../task/index.ts";
import { DerivedStream } from "./derived-stream.ts";
import { END, type Source, type Stream } from "./stream.ts";
import { nextOf, toStream } from "./to-stream.ts";

/** A consumer's hold on its source: knows whether it still has to be closed, which happens at most once. */
export class Intake<T> {
  private readonly stream: Stream<T>;
  private over = false;

  constructor(source: Source<T>) {
    this.stream = toStream(source);
  }

  /** Whether the source has to be told when its consumer leaves. */
  get needsLeaving(): boolean {
    return !this.over && this.stream.return !== undefined;
  }

  *next(): Coroutine<IteratorResult<T, void>> {
    if (this.over) return END;
    try {
      const result = yield* nextOf(this.stream);
      if (result.done) this.over = true;
      return result;
    } catch (error) {
      // What has failed has ended.
      this.over = true;
      throw error;
    }
  }

  *leave(): Coroutine<void> {
    if (this.over) return;
    this.over = true;
    if (this.stream.return) yield* this.stream.return();
  }

  adopt(owner: Task<unknown>): void {
    if (this.stream instanceof DerivedStream) this.stream.adopt(owner);
  }
}
