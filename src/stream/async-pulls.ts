import type { Operation } from "../task/index.ts";
import { END, type Stream } from "./stream.ts";

/** A stream for `for await` and for whoever else takes async iterators, such as web streams and Node's. */
export class AsyncPulls<T> implements AsyncIterator<T, void, undefined> {
  private readonly stream: Stream<T>;
  private pull: Operation<IteratorResult<T, void>> | null = null;
  private left = false;

  constructor(stream: Stream<T>) {
    this.stream = stream;
  }

  async next(): Promise<IteratorResult<T, void>> {
    if (this.left) return END;
    const pull = this.stream.next();
    this.pull = pull;
    try {
      return await pull;
    } catch (error) {
      // A wait that return() has cut short has no item, and no failure either.
      if (this.left) return END;
      throw error;
    } finally {
      this.pull = null;
    }
  }

  /** Unlike that of an async generator, it does not wait for an item that may never come. */
  async return(): Promise<IteratorResult<T, void>> {
    this.left = true;
    this.pull?.abort();
    await this.stream.return?.();
    return END;
  }
}
