import { CancelledError, type Coroutine, Operation } from "../task/index.ts";

/** An operation that goes on while nobody waits for it yet, and keeps its outcome: for what is read ahead. */
export class Started<T> {
  private readonly operation: Operation<T>;
  private hasEnded = false;
  private error: { readonly cause: unknown } | null = null;
  private result: T | undefined;
  private waiter: JoinOperation<T> | null = null;

  constructor(operation: Operation<T>) {
    this.operation = operation;
    operation.then(
      (result) => this.end(result, null),
      (cause: unknown) => this.end(undefined, { cause }),
    );
  }

  /** Waits for its end. One may wait at a time; who stops waiting leaves it going on. */
  join(): Operation<T> {
    return new JoinOperation(this);
  }

  /** Asks for its end. */
  abort(): void {
    this.operation.abort();
  }

  /** @internal */
  tell(waiter: JoinOperation<T>): void {
    if (!this.hasEnded) this.waiter = waiter;
    else if (this.error) waiter.refuse(this.error.cause);
    else waiter.deliver(this.result as T);
  }

  /** @internal */
  leave(): void {
    this.waiter = null;
  }

  private end(result: T | undefined, error: { readonly cause: unknown } | null): void {
    this.hasEnded = true;
    this.result = result;
    this.error = error;
    if (this.waiter) this.tell(this.waiter);
  }
}

class JoinOperation<T> extends Operation<T> {
  private readonly started: Started<T>;

  constructor(started: Started<T>) {
    super();
    this.started = started;
  }

  deliver(result: T): void {
    this.succeed(result);
  }

  refuse(error: unknown): void {
    this.fail(error);
  }

  protected override begin(): void {
    this.started.tell(this);
  }

  protected override end(): void {
    this.started.leave();
    this.fail(new CancelledError());
  }
}

/** Waits for an end, whatever it is. */
export function* settled<T>(started: Started<T>): Coroutine<void> {
  try {
    yield* started.join();
  } catch {
    // Nobody wants it any more.
  }
}
