import { type Coroutine, Operation, type Suspension } from "./operation.ts";
import { scope } from "./scope.ts";

/**
 * An operation that is made of others. A coroutine that waits for it runs it as a part of itself, without a task; for an
 * `await`, and for who waits for several things at once, a task of its own does.
 */
export abstract class CoroutineOperation<T> extends Operation<T> {
  /** Not there in coroutines, which need none. */
  private inner!: Operation<T>;

  protected abstract work(): Coroutine<T>;

  override [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    this.useUp();
    return this.work();
  }

  /** For the inner operation: it has settled. */
  wake(): void {
    const { inner } = this;
    if (inner.takeOutcome(this)) this.succeed(inner.value);
    else this.fail(inner.value);
  }

  protected override begin(): void {
    this.inner = scope(() => this.work(), { name: this.description });
    if (this.inner.start(this)) this.wake();
  }

  protected override end(): void {
    this.inner.abort();
  }
}
