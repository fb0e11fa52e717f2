import { type Coroutine, Operation, run, type Suspension, type Task } from "../task/index.ts";

/**
 * An operation that is made of others. A coroutine that waits for it runs it as a part of itself, without a task; for an
 * `await`, a task of its own does.
 */
export abstract class CoroutineOperation<T> extends Operation<T> {
  private task: Task<T> | null = null;

  protected abstract work(): Coroutine<T>;

  override [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    return this.work();
  }

  protected override begin(): void {
    this.task = run(() => this.work(), { name: this.description });
    this.task.then(
      (result) => this.succeed(result),
      (error) => this.fail(error),
    );
  }

  protected override end(): void {
    this.task!.cancel();
  }
}
