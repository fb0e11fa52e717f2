import { type Coroutine, Operation } from "../task/index.ts";

/** An operation that goes on while nobody waits for it yet, and keeps its outcome: for what is read ahead. */
export class Started<T> {
  private readonly operation: Operation<T>;
  private hasEnded = false;
  private result: T | undefined;
  private error: { readonly cause: unknown } | null = null;
  private waiter: JoinOperation<T> | null = null;

  constructor(operation: Operation<T>) {
    this.operation = operation;
    if (operation.start(this)) this.wake();
  }

  /** Waits for its end. One may wait at a time; who stops waiting leaves it going on. */
  join(): Operation<T> {
    return new JoinOperation(this);
  }

  /** Asks for its end, and waits for it, whatever it is. A result goes back to where it came from. */
  *stop(): Coroutine<void> {
    this.operation.abort();
    try {
      this.operation.takeBack(yield* this.join());
    } catch {
      // Nobody wants it any more.
    }
  }

  /** Asks for its end. */
  abort(): void {
    this.operation.abort();
  }

  /** For the operation: it has settled. */
  wake(): void {
    const { operation } = this;
    if (operation.takeOutcome(this)) this.result = operation.value;
    else this.error = { cause: operation.value };
    this.hasEnded = true;
    if (this.waiter) this.tell(this.waiter);
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
    this.giveUp();
  }
}

/** Asks for the end of all, and waits for it. */
export function* stopAll(all: readonly Started<unknown>[]): Coroutine<void> {
  for (const started of all) started.abort();
  for (const started of all) yield* started.stop();
}
