import { type Coroutine, Operation, type Suspension, scope } from "../task/index.ts";

/**
 * An operation that is made of others. A coroutine that waits for it runs it as a part of itself, without a task; for an
 * `await`, and for who waits for several things at once, a task of its own does.
 */
export class Procedure<T> extends Operation<T> {
  declare private readonly name: string;
  declare private readonly body: () => Coroutine<T>;
  declare private inner: Operation<T> | null;

  /** @param name for who looks at what a task waits for */
  constructor(name: string, body: () => Coroutine<T>) {
    super();
    this.name = name;
    this.body = body;
    this.inner = null;
  }

  override get description(): string {
    return this.name;
  }

  override [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    return this.body();
  }

  /** For the inner operation: it has settled. */
  wake(): void {
    const inner = this.inner!;
    if (inner.takeOutcome(this)) this.succeed(inner.value);
    else this.fail(inner.value);
  }

  protected override begin(): void {
    this.inner = scope(this.body, { name: this.name });
    if (this.inner.start(this)) this.wake();
  }

  protected override end(): void {
    this.inner!.abort();
  }
}
