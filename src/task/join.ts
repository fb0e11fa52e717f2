import { misuse } from "./errors.ts";
import { getRunner, Operation } from "./operation.ts";
import type { Task } from "./task.ts";

/** Who is told of a task's end. */
export interface TaskObserver {
  /** Whether a failure reaches somebody this way, so that it need not surface in the parent. */
  readonly handlesFailure: boolean;
  taskEnded(): void;
}

/** Waits for a task's end and gives its result. */
export class JoinOperation<T> extends Operation<T> implements TaskObserver {
  readonly handlesFailure = true;
  protected task: Task<T> | null;

  /** @param task null if the operation makes it when it begins */
  constructor(task: Task<T> | null = null) {
    super();
    this.task = task;
  }

  override get description(): string {
    return `end of the task ${this.task!.name}`;
  }

  taskEnded(): void {
    try {
      this.succeed(this.task!.outcome);
    } catch (error) {
      this.fail(error);
    }
  }

  protected override begin(): void {
    const task = this.task!;
    if ((getRunner() as Task<unknown> | null)?.isWithin(task as Task<unknown>)) {
      throw misuse(`A task cannot wait for itself or for a task above it, which waits for it: ${task.name}`);
    }
    if (!task.observe(this)) this.taskEnded();
  }

  protected override end(): void {
    this.task!.unobserve(this);
    this.giveUp();
  }
}

/** Waits for a task's end, whatever its result. */
export class EndOperation extends Operation<void> implements TaskObserver {
  readonly handlesFailure = false;
  private readonly task: Task<unknown>;

  constructor(task: Task<unknown>) {
    super();
    this.task = task;
  }

  override get description(): string {
    return `end of the cancelled task ${this.task.name}`;
  }

  taskEnded(): void {
    this.succeed();
  }

  protected override begin(): void {
    if (!this.task.observe(this)) this.succeed();
  }

  protected override end(): void {
    this.task.unobserve(this);
    this.giveUp();
  }
}
