import { type Coroutine, currentLoop, Operation, Task } from "../task/index.ts";

/**
 * An operation that is made of others: a coroutine that runs as a task of its own from when it is waited for. Cancelling the
 * wait cancels the task, which tells its end.
 */
export class Procedure<T> extends Operation<T> {
  private readonly body: () => Coroutine<T>;
  private readonly name: string;
  private readonly undo: ((result: T) => void) | undefined;
  private task: Task<T> | null = null;

  /**
   * @param name for who looks at what a task waits for
   * @param undo takes back a result that nobody is there to have
   */
  constructor(name: string, body: () => Coroutine<T>, undo?: (result: T) => void) {
    super();
    this.name = name;
    this.body = body;
    this.undo = undo;
  }

  override get description(): string {
    return this.name;
  }

  protected override begin(): void {
    this.task = new Task(currentLoop(), null, this.body(), this.name);
    this.task.then(
      (result) => this.succeed(result),
      (error: unknown) => this.fail(error),
    );
  }

  protected override end(): void {
    this.task!.cancel();
  }

  protected override giveBack(result: T): void {
    this.undo?.(result);
  }
}
