import { Operation, type Waiter } from "./operation.ts";

/** An operation around another one, whose outcome is its own. */
export abstract class AroundOperation<T> extends Operation<T> implements Waiter {
  protected readonly inner: Operation<T>;

  constructor(inner: Operation<T>) {
    super();
    this.inner = inner;
  }

  override get description(): string {
    return this.inner.description;
  }

  /** For the inner operation: it has settled. */
  wake(): void {
    if (this.inner.takeOutcome(this)) this.succeed(this.inner.value);
    else this.failed(this.inner.value);
  }

  override shieldTasks(): void {
    this.inner.shieldTasks();
  }

  protected failed(error: unknown): void {
    this.fail(error);
  }

  protected override begin(): void {
    if (this.inner.start(this)) this.wake();
  }

  protected override end(): void {
    this.inner.abort();
  }

  protected override giveBack(result: T): void {
    this.inner.takeBack(result);
  }
}
