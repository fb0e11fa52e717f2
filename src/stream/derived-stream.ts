import type { Coroutine, Operation, Task } from "../task/index.ts";
import { CoroutineOperation } from "../task/index.ts";
import { AsyncPulls } from "./async-pulls.ts";
import { END, type Stream } from "./stream.ts";

/** What all streams have in common that are made of others. */
export abstract class DerivedStream<T> implements Stream<T> {
  private ended = false;
  private givenBack: IteratorResult<T, void> | null = null;

  /** The next item. When it fails the stream has ended, and {@link leave} is called. */
  protected abstract produce(): Coroutine<IteratorResult<T, void>>;

  /** Closes what the items come from, as far as that has not ended by itself. */
  protected abstract leave(): Coroutine<void>;

  /** Tells whose children tasks that read ahead are to be. Without an owner they are trees of their own. */
  abstract adopt(owner: Task<unknown>): void;

  next(): Operation<IteratorResult<T, void>> {
    return new PullOperation(this);
  }

  return(): Operation<void> {
    return new LeaveOperation(this);
  }

  [Symbol.asyncIterator](): AsyncIterator<T, void, undefined> {
    return new AsyncPulls(this);
  }

  /** What {@link next} does. */
  *pull(): Coroutine<IteratorResult<T, void>> {
    const { givenBack } = this;
    this.givenBack = null;
    if (givenBack) return givenBack;
    if (this.ended) return END;
    try {
      const result = yield* this.produce();
      if (result.done) this.ended = true;
      return result;
    } catch (error) {
      yield* this.closeAfterFailure();
      throw error;
    }
  }

  /** What {@link return} does. */
  *close(): Coroutine<void> {
    this.givenBack = null;
    if (this.ended) return;
    this.ended = true;
    yield* this.leave();
  }

  /** Takes back what a wait has got although it was cancelled. */
  unpull(result: IteratorResult<T, void>): void {
    this.givenBack = result;
  }

  private *closeAfterFailure(): Coroutine<void> {
    try {
      yield* this.close();
    } catch {
      // As in the language's own loops, the failure that came first is the one that is told.
    }
  }
}

class PullOperation<T> extends CoroutineOperation<IteratorResult<T, void>> {
  private readonly stream: DerivedStream<T>;

  constructor(stream: DerivedStream<T>) {
    super();
    this.stream = stream;
  }

  override get description(): string {
    return "next item";
  }

  protected override work(): Coroutine<IteratorResult<T, void>> {
    return this.stream.pull();
  }

  protected override giveBack(result: IteratorResult<T, void>): void {
    this.stream.unpull(result);
  }
}

class LeaveOperation extends CoroutineOperation<void> {
  private readonly stream: DerivedStream<unknown>;

  constructor(stream: DerivedStream<unknown>) {
    super();
    this.stream = stream;
  }

  override get description(): string {
    return "closing of a stream";
  }

  protected override work(): Coroutine<void> {
    return this.stream.close();
  }
}
