import { type Operation, Task } from "../task/index.ts";
import { Lock, LockOperation } from "./lock.ts";
import { WaitQueue } from "./wait-queue.ts";

class TaskLockOperation extends LockOperation<Lock> {
  /** Who asks; null for an async function. */
  task: Task<unknown> | null = null;
}

/**
 * Lets one in at a time, first come, first served. Between two waits of a coroutine nothing else runs, so what needs a mutex
 * is only work that waits in its midst and must not be met half-done.
 */
export class Mutex {
  private locked = false;
  private holder: Task<unknown> | null = null;
  private readonly waiters = new WaitQueue<TaskLockOperation>();

  get isLocked(): boolean {
    return this.locked;
  }

  /**
   * Waits until nobody else holds it.
   *
   * @throws ERR_MUTEX_RELOCKED if the task that asks holds it already: it would wait for itself for ever. Async functions
   *   cannot be told apart, they do wait.
   */
  lock(): Operation<Lock> {
    return new TaskLockOperation(this);
  }

  /** Locks it if nobody has to wait for it; null otherwise. */
  tryLock(): Lock | null {
    return this.locked ? null : this.grant(Task.current);
  }

  /** @internal */
  beginLock(operation: TaskLockOperation): void {
    const task = Task.current;
    operation.task = task;
    if (task && task === this.holder) throw relocked(task);
    if (this.locked) this.waiters.push(operation);
    else operation.grant(this.grant(task));
  }

  /** @internal */
  leaveLock(operation: TaskLockOperation): void {
    this.waiters.remove(operation);
  }

  /** @internal Hands it to the next. */
  unlock(): void {
    this.locked = false;
    this.holder = null;
    const next = this.waiters.shift();
    next?.grant(this.grant(next.task));
  }

  private grant(task: Task<unknown> | null): Lock {
    this.locked = true;
    this.holder = task;
    return new Lock(this);
  }
}

function relocked({ name }: Task<unknown>): Error {
  const error = new Error(
    `The task ${name} holds this mutex already and would wait for itself: release its lock first, or hand it on`,
  );
  return Object.assign(error, { code: "ERR_MUTEX_RELOCKED" });
}
