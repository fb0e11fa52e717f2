import { CancelledError, type Coroutine, currentLoop, misuse, Operation, Task } from "../task/index.ts";

/** Items handed out from the front; what was read at once waits here. */
const ITEMS_KEPT = 1024;

/**
 * A stream of what comes from files: `for await (const item of source)` in async functions; in coroutines
 * `const { done, value } = yield* source.next()`. One task takes from it at a time.
 *
 * It holds what it needs, such as an open file, until its end, a failure, or {@link close}.
 */
export abstract class Source<T> implements AsyncIterable<T> {
  private items: T[] = [];
  private taken = 0;
  private hasEnded = false;
  private filling = false;

  /** Waits for the next item, or the end. */
  next(): Operation<IteratorResult<T, void>> {
    return new NextOperation(this);
  }

  /** Gives back what the stream holds. What waits there is lost; a later `next()` tells the end. */
  close(): Operation<void> {
    return new CloseOperation(this);
  }

  /** Of the async iterator protocol: `break` in a `for await` closes the stream. */
  async return(): Promise<IteratorResult<T, void>> {
    await this.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): AsyncIterator<T, void> {
    // An operation is awaited as a promise is.
    return this as unknown as AsyncIterator<T, void>;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close().promise();
  }

  /** Adds items, by {@link add}: one at least, unless the stream has ended. @returns whether it goes on */
  protected abstract fill(): Coroutine<boolean>;

  /** Gives back what is held, at the end or before. */
  protected abstract release(): Coroutine<void>;

  protected add(item: T): void {
    this.items.push(item);
  }

  /** @internal An item that is there already. */
  take(): IteratorResult<T, void> | null {
    if (this.taken < this.items.length) {
      const value = this.items[this.taken]!;
      this.items[this.taken++] = undefined as T;
      if (this.taken === this.items.length || this.taken >= ITEMS_KEPT) {
        this.items = this.items.slice(this.taken);
        this.taken = 0;
      }
      return { done: false, value };
    }
    return this.hasEnded ? { done: true, value: undefined } : null;
  }

  /** @internal Takes back what nobody was there to have. */
  untake(value: T): void {
    this.items = [value, ...this.items.slice(this.taken)];
    this.taken = 0;
  }

  /** @internal */
  *pull(): Coroutine<void> {
    if (this.filling) throw misuse("Another task takes from this stream; only one can at a time");
    this.filling = true;
    let goesOn = true;
    try {
      goesOn = yield* this.fill();
    } catch (error) {
      if (!(error instanceof CancelledError)) yield* this.end();
      throw error;
    } finally {
      this.filling = false;
    }
    if (!goesOn) yield* this.end();
  }

  /** @internal */
  *end(): Coroutine<void> {
    if (this.hasEnded) return;
    this.hasEnded = true;
    yield* this.release();
  }

  /** @internal */
  *shut(): Coroutine<void> {
    this.items = [];
    this.taken = 0;
    yield* this.end();
  }
}

/** Waits for what a coroutine of the source does, in a task of its own. */
abstract class SourceOperation<T, R> extends Operation<R> {
  protected readonly source: Source<T>;
  protected task: Task<void> | null = null;

  constructor(source: Source<T>) {
    super();
    this.source = source;
  }

  protected start(body: Coroutine<void>, ended: () => void): void {
    this.task = new Task(currentLoop(), null, body, this.description);
    this.task.then(ended, (error: unknown) => this.fail(error));
  }
}

class NextOperation<T> extends SourceOperation<T, IteratorResult<T, void>> {
  protected override begin(): void {
    const item = this.source.take();
    if (item) this.succeed(item);
    else this.start(this.source.pull(), () => this.succeed(this.source.take()!));
  }

  protected override end(): void {
    this.task?.cancel();
  }

  protected override giveBack(result: IteratorResult<T, void>): void {
    if (!result.done) this.source.untake(result.value);
  }
}

class CloseOperation<T> extends SourceOperation<T, void> {
  protected override begin(): void {
    this.start(this.source.shut(), () => this.succeed());
  }

  protected override end(): void {
    // Giving back takes no time, so its wait goes on to the end.
  }
}
