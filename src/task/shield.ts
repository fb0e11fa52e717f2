import { AroundOperation } from "./around.ts";
import type { Waitable } from "./coroutine.ts";
import type { Operation } from "./operation.ts";
import { toOperation } from "./scope.ts";

class ShieldOperation<T> extends AroundOperation<T> {
  override get description(): string {
    return `${super.description}, shielded`;
  }

  override get isShielded(): boolean {
    return true;
  }

  protected override begin(): void {
    this.inner.shieldTasks();
    super.begin();
  }

  protected override end(): void {
    // That is the point.
  }
}

/**
 * Waits for something that must finish: a cancellation does not reach it, however far up it comes from. When it has
 * finished, its result is given as ever, and a cancellation that has come meanwhile ends the task at the next thing that
 * it waits for.
 *
 * What shields is the wait: a task that was spawned elsewhere is still its parent's to cancel.
 *
 * @throws ERR_INVALID_ARG_TYPE for what cannot be waited for
 */
export function shield<T>(waitable: Waitable<T>): Operation<T> {
  return new ShieldOperation(toOperation(waitable, "shield"));
}
