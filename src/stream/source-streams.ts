import { Operation } from "../task/index.ts";
import { AsyncPulls } from "./async-pulls.ts";
import { END, type Stream } from "./stream.ts";

/** An iterable as a stream. Each item counts as a wait, so that others have their turn in a long loop. */
export class IterableStream<T> implements Stream<T> {
  private readonly iterable: Iterable<T>;
  private iterator: Iterator<T> | null = null;

  constructor(iterable: Iterable<T>) {
    this.iterable = iterable;
  }

  next(): Operation<IteratorResult<T, void>> {
    this.iterator ??= this.iterable[Symbol.iterator]();
    return new StepOperation(this.iterator);
  }

  return(): Operation<void> {
    return new StopOperation(this.iterator);
  }

  [Symbol.asyncIterator](): AsyncIterator<T, void, undefined> {
    return new AsyncPulls(this);
  }
}

class StepOperation<T> extends Operation<IteratorResult<T, void>> {
  declare private readonly iterator: Iterator<T>;

  constructor(iterator: Iterator<T>) {
    super();
    this.iterator = iterator;
  }

  protected override begin(): void {
    const result = this.iterator.next();
    this.succeed(result.done ? END : result);
  }

  protected override end(): void {
    // It never waits.
  }
}

class StopOperation extends Operation<void> {
  private readonly iterator: Iterator<unknown> | null;

  constructor(iterator: Iterator<unknown> | null) {
    super();
    this.iterator = iterator;
  }

  protected override begin(): void {
    this.iterator?.return?.();
    this.succeed();
  }

  protected override end(): void {
    // It never waits.
  }
}

/** How items of an async iterator are got; its own methods may be used in a better way. */
export interface AsyncItems<T> {
  next(): PromiseLike<IteratorResult<T, unknown>>;
  /** Closes it. */
  return?(): PromiseLike<unknown>;
  /** Whether closing ends a `next()` that waits. With async generators it waits for that. */
  readonly interruptible?: boolean;
}

/** An async iterable as a stream. */
export class AsyncIterableStream<T> implements Stream<T> {
  private readonly open: () => AsyncItems<T>;
  private openItems: AsyncItems<T> | null = null;
  /** A wait for the next item was cancelled; the iterator still waits. */
  private abandoned = false;

  /** @param open begins the iteration; called once, when it is needed */
  constructor(open: () => AsyncItems<T>) {
    this.open = open;
  }

  next(): Operation<IteratorResult<T, void>> {
    return new NextOperation(this);
  }

  return(): Operation<void> {
    return new ReturnOperation(this);
  }

  [Symbol.asyncIterator](): AsyncIterator<T, void, undefined> {
    return new AsyncPulls(this);
  }

  get items(): AsyncItems<T> {
    this.openItems ??= this.open();
    return this.openItems;
  }

  abandon(): void {
    this.abandoned = true;
  }

  /** @returns what closing waits for */
  close(): PromiseLike<unknown> | undefined {
    const closing = this.items.return?.();
    // An async generator that hangs in an await would never let its consumer go.
    return this.abandoned && !this.items.interruptible ? undefined : closing;
  }
}

class NextOperation<T> extends Operation<IteratorResult<T, void>> {
  private readonly stream: AsyncIterableStream<T>;

  constructor(stream: AsyncIterableStream<T>) {
    super();
    this.stream = stream;
  }

  protected override begin(): void {
    this.stream.items.next().then(
      (result) => this.succeed(result.done ? END : result),
      (error: unknown) => this.fail(error),
    );
  }

  protected override end(): void {
    this.stream.abandon();
    this.giveUp();
  }
}

class ReturnOperation extends Operation<void> {
  private readonly stream: AsyncIterableStream<unknown>;

  constructor(stream: AsyncIterableStream<unknown>) {
    super();
    this.stream = stream;
  }

  override get description(): string {
    return "closing of a stream";
  }

  protected override begin(): void {
    const closing = this.stream.close();
    if (closing) {
      closing.then(
        () => this.succeed(),
        (error: unknown) => this.fail(error),
      );
    } else this.succeed();
  }

  protected override end(): void {
    this.giveUp();
  }
}
