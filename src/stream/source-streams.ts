import { Operation } from "../task/index.ts";
import { AsyncPulls } from "./async-pulls.ts";
import { END, type Stream } from "./stream.ts";

/** An iterable as a stream. Each item counts as a wait, so that others have their turn in a long loop. */
export class IterableStream<T> implements Stream<T> {
  private readonly iterable: Iterable<T>;
  private iterator: Iterator<T> | null = null;
  private givenBack: IteratorResult<T, void> | null = null;

  constructor(iterable: Iterable<T>) {
    this.iterable = iterable;
  }

  next(): Operation<IteratorResult<T, void>> {
    return new StepOperation(this);
  }

  return(): Operation<void> {
    return new StopOperation(this.iterator);
  }

  [Symbol.asyncIterator](): AsyncIterator<T, void, undefined> {
    return new AsyncPulls(this);
  }

  step(): IteratorResult<T, void> {
    const { givenBack } = this;
    this.givenBack = null;
    if (givenBack) return givenBack;
    this.iterator ??= this.iterable[Symbol.iterator]();
    const result = this.iterator.next();
    return result.done ? END : result;
  }

  /** Takes back what a wait has got although it was cancelled. */
  unstep(result: IteratorResult<T, void>): void {
    this.givenBack = result;
  }
}

class StepOperation<T> extends Operation<IteratorResult<T, void>> {
  private readonly stream: IterableStream<T>;

  constructor(stream: IterableStream<T>) {
    super();
    this.stream = stream;
  }

  protected override begin(): void {
    this.succeed(this.stream.step());
  }

  protected override end(): void {
    // It never waits.
  }

  protected override giveBack(result: IteratorResult<T, void>): void {
    this.stream.unstep(result);
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
  /** What the iterator was asked for and nobody has got: promises go on when the wait for them is cancelled. */
  private pending: PromiseLike<IteratorResult<T, unknown>> | null = null;

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

  ask(): PromiseLike<IteratorResult<T, unknown>> {
    this.pending ??= this.items.next();
    return this.pending;
  }

  /** What was asked for has come to who waits for it. */
  answered(): void {
    this.pending = null;
  }

  /** Takes back what a wait has got although it was cancelled. */
  unask(result: IteratorResult<T, void>): void {
    this.pending = Promise.resolve(result);
  }

  /** @returns what closing waits for */
  close(): PromiseLike<unknown> | undefined {
    const closing = this.items.return?.();
    // An async generator that hangs in an await would never let its consumer go.
    return this.pending && !this.items.interruptible ? undefined : closing;
  }

  private get items(): AsyncItems<T> {
    this.openItems ??= this.open();
    return this.openItems;
  }
}

class NextOperation<T> extends Operation<IteratorResult<T, void>> {
  private readonly stream: AsyncIterableStream<T>;
  private left = false;

  constructor(stream: AsyncIterableStream<T>) {
    super();
    this.stream = stream;
  }

  protected override begin(): void {
    this.stream.ask().then(
      (result) => {
        if (this.left) return;
        this.stream.answered();
        this.succeed(result.done ? END : result);
      },
      (error: unknown) => {
        if (this.left) return;
        this.stream.answered();
        this.fail(error);
      },
    );
  }

  protected override end(): void {
    this.left = true;
    this.giveUp();
  }

  protected override giveBack(result: IteratorResult<T, void>): void {
    this.stream.unask(result);
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
