import type { Waitable } from "./coroutine.ts";
import { Operation, type Waiter } from "./operation.ts";
import { toOperation } from "./scope.ts";

class ShieldOperation<T> extends Operation<T> implements Waiter {
  private readonly inner: Operation<T>;

  constructor(inner: Operation<T>) {
    super();
    this.inner = inner;
  }

  override get description(): string {
    return `shielded ${this.inner.description}`;
  }

  override get isShielded(): boolean {
    return true;
  }

  wake(): void {
    try {
      this.succeed(this.inner.takeResult(this));
    } catch (error) {
      this.fail(error);
    }
  }

  protected override begin(): void {
    if (this.inner.start(this)) this.wake();
  }

  protected override end(): void {
    // That is the point.
  }

  protected override giveBack(result: T): void {
    this.inner.takeBack(result);
  }
}

/**
 * Waits for something that must finish: a cancellation does not reach it, however far up it comes from. When it has
 * finished, its result is given as ever, and a cancellation that has come meanwhile ends the task at the next thing that
 * it waits for.
 */
export function shield<T>(waitable: Waitable<T>): Operation<T> {
  return new ShieldOperation(toOperation(waitable, "shield", true));
}
