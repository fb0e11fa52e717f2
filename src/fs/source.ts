import {
  CancelledError,
  type Coroutine,
  misuse,
  type Operation,
  type Suspension,
  scope,
} from "../task/index.ts";
import { Gate } from "./gate.ts";
import { Procedure } from "./procedure.ts";

/** Items that were taken stay in the list until there are so many of them. */
const TAKEN_MAX = 1024;

/**
 * A stream of what comes from files: `for await (const item of source)` in async functions, `each(source)` of
 * `pentio/streams` in coroutines. One task takes from it at a time.
 *
 * It holds what it needs, such as an open file, until its end, a failure, or {@link return}.
 */
export abstract class Source<T> implements AsyncIterable<T, void, undefined> {
  private items: T[] = [];
  private taken = 0;
  private hasEnded = false;
  private filling: Operation<void> | null = null;
  /** Where {@link return} waits for the end of {@link filling}. */
  private leaving: Gate | null = null;

  /** Waits for the next item; `{ done: true }` is the end. A wait that was cancelled has taken nothing. */
  next(): Operation<IteratorResult<T, void>> {
    return new NextOperation(this);
  }

  /** Gives back what the stream holds: nothing more will be asked for. Who waits for the next item is told of the end. */
  return(): Operation<IteratorResult<T, void>> {
    return new Procedure("closing of a stream", () => this.close());
  }

  [Symbol.asyncIterator](): AsyncIterator<T, void, undefined> {
    return {
      next: () => Promise.resolve(this.next()),
      return: () => Promise.resolve(this.return()),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** Adds items, by {@link add}: one at least, unless the stream has ended. @returns whether it goes on */
  protected abstract fill(): Coroutine<boolean>;

  /** Gives back what is held, at the end or before. */
  protected abstract release(): Coroutine<void>;

  protected add(item: T): void {
    this.items.push(item);
  }

  /** @internal Whether {@link take} has an answer. */
  get hasItem(): boolean {
    return this.hasEnded || this.taken < this.items.length;
  }

  /** @internal An item that is there already, or the end. */
  take(): IteratorResult<T, void> | null {
    const { items, taken } = this;
    if (taken === items.length) return this.hasEnded ? { done: true, value: undefined } : null;
    const value = items[taken]!;
    this.taken++;
    if (this.taken === items.length || this.taken === TAKEN_MAX) {
      this.items = items.slice(this.taken);
      this.taken = 0;
    }
    return { done: false, value };
  }

  /** @internal Takes back what nobody was there to have. */
  untake(value: T): void {
    this.items = [value, ...this.items.slice(this.taken)];
    this.taken = 0;
  }

  /** @internal The next item, when there is none yet. */
  *pull(): Coroutine<IteratorResult<T, void>> {
    // return() may have come between the wait's beginning and this.
    if (this.hasEnded) return this.take()!;
    if (this.filling) throw misuse("Another task takes from this stream; only one can at a time");
    this.filling = scope(() => this.fillOrEnd(), { name: "stream" });
    try {
      yield* this.filling;
    } catch (error) {
      // What was cut short by return() has not failed.
      if (!this.leaving) throw error;
    } finally {
      this.filling = null;
      this.leaving?.open();
    }
    return this.leaving ? { done: true, value: undefined } : this.take()!;
  }

  /** As one: a wait that is cancelled when the last items have come must not ask for more. */
  private *fillOrEnd(): Coroutine<void> {
    try {
      if (!(yield* this.fill())) yield* this.end();
    } catch (error) {
      if (!(error instanceof CancelledError)) yield* this.end();
      throw error;
    }
  }

  private *close(): Coroutine<IteratorResult<T, void>> {
    if (this.filling) {
      this.leaving = new Gate();
      // At its end it is giving back what it holds.
      if (!this.hasEnded) this.filling.abort();
      yield* this.leaving.pass();
    }
    this.items = [];
    this.taken = 0;
    yield* this.end();
    return { done: true, value: undefined };
  }

  private *end(): Coroutine<void> {
    if (this.hasEnded) return;
    this.hasEnded = true;
    yield* this.release();
  }
}

class NextOperation<T> extends Procedure<IteratorResult<T, void>> {
  private readonly source: Source<T>;

  constructor(source: Source<T>) {
    super("next item", () => source.pull());
    this.source = source;
  }

  /** What is there already counts as a wait, so that others have their turn in a long loop. */
  override [Symbol.iterator](): Iterator<Suspension, IteratorResult<T, void>, unknown> {
    return this.source.hasItem
      ? (this as unknown as Iterator<Suspension, IteratorResult<T, void>>)
      : super[Symbol.iterator]();
  }

  protected override begin(): void {
    const item = this.source.take();
    if (item) this.succeed(item);
    else super.begin();
  }

  protected override giveBack(result: IteratorResult<T, void>): void {
    if (!result.done) this.source.untake(result.value);
  }
}
