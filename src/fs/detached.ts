import { type Coroutine, currentLoop, Operation, Task } from "../task/index.ts";

/**
 * A coroutine that runs as a tree of its own: what a stream reads ahead goes on when the task that asked first is cancelled, for
 * another may ask next.
 */
export class Detached<T> extends Operation<T> {
  private readonly name: string;
  private readonly body: () => Coroutine<T>;
  private task: Task<T> | null;

  /** @param name for who looks at what a task waits for */
  constructor(name: string, body: () => Coroutine<T>) {
    super();
    this.name = name;
    this.body = body;
    this.task = null;
  }

  override get description(): string {
    return this.name;
  }

  protected override begin(): void {
    this.task = new Task(currentLoop(), null, this.body(), { label: this.name });
    this.task.then(
      (result) => this.succeed(result),
      (error: unknown) => this.fail(error),
    );
  }

  protected override end(): void {
    this.task!.cancel();
  }
}
