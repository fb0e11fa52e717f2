import type { Loop, Runnable, SourceLocation } from "../loop/index.ts";
import type { Chain } from "./awaiting.ts";
import { CancelledError, misuse } from "./errors.ts";
import {
  type Coroutine,
  getRunner,
  Operation,
  type Runner,
  SUSPENDED,
  type Suspension,
  setRunner,
  type Wait,
} from "./operation.ts";
import { locate } from "./source-location.ts";

/** Who is told of a task's end. */
interface TaskObserver {
  /** Whether a failure reaches somebody this way, so that it need not surface in the parent. */
  readonly handlesFailure: boolean;
  taskEnded(): void;
}

/** Results that a task takes without waiting before others have their turn. */
const RESULTS_MAX = 64;

/** The life of a task. */
export type TaskState = "running" | "succeeded" | "failed" | "cancelled";

const RUNNING = 0;
/** The body has ended; its children have not. */
const ENDING = 1;
const SUCCEEDED = 2;
const FAILED = 3;
const CANCELLED = 4;
const stateNames: readonly TaskState[] = ["running", "running", "succeeded", "failed", "cancelled"];

/**
 * A coroutine that runs, and its place in the tree of tasks. It ends when its body and all its children have ended. A
 * child's failure cancels its siblings and its parent's body and becomes the parent's failure, unless somebody waits
 * for that child: then it is theirs.
 *
 * `yield* task` and `await task` wait for its end and give its result.
 */
export class Task<T> implements Runner, Runnable, PromiseLike<T> {
  readonly name: string;
  readonly loop: Loop;
  private readonly parent: Task<unknown> | null;
  private readonly body: Coroutine<T>;
  private phase = RUNNING;
  private waitingFor: Wait | null = null;
  private cancelRequested = false;
  /** Its end is the work of cancellation; its `finally` blocks run, or have. */
  private unwinding = false;
  private scheduled = false;
  private resultsLeft = RESULTS_MAX;
  private value: T | undefined = undefined;
  /** What has gone wrong: in the body, and in children. */
  private errors: unknown[] | null = null;
  private observers: TaskObserver[] | null = null;
  /** Children as a list through the siblings' links. */
  private firstChild: Task<unknown> | null = null;
  private previousSibling: Task<unknown> | null = null;
  private nextSibling: Task<unknown> | null = null;

  /** @param parent null for the root of a tree */
  constructor(loop: Loop, parent: Task<unknown> | null, body: Coroutine<T>, name: string) {
    this.loop = loop;
    this.name = name;
    this.parent = parent;
    this.body = body;
    if (parent) parent.adopt(this as Task<unknown>);
    this.wake();
  }

  /** The task that runs at the moment, if any. */
  static get current(): Task<unknown> | null {
    return getRunner() as Task<unknown> | null;
  }

  get state(): TaskState {
    return stateNames[this.phase]!;
  }

  /**
   * Asks the task and all below it to end: what they wait for is cancelled, down to the kernel, and their `finally`
   * blocks run (and may wait). Has no effect on a task that has ended. An error on its way out of the body is replaced by
   * a cancellation that meets it while a `finally` block waits: that is the language's rule for `return`.
   *
   * @returns an operation that waits for the end; it may be ignored
   */
  cancel(): Operation<void> {
    if (!this.cancelRequested && this.phase < SUCCEEDED) {
      this.cancelRequested = true;
      if (this.phase === ENDING) this.unwinding = true;
      else if (this.waitingFor) this.waitingFor.abort();
      else if (getRunner() !== this) this.wake();
      // At once, not after our own clean-up: that would close under the children's feet what they work on.
      this.cancelChildren();
    }
    return new EndOperation(this as Task<unknown>);
  }

  [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    return new JoinOperation(this)[Symbol.iterator]();
  }

  // biome-ignore lint/suspicious/noThenProperty: a task is awaitable
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Chain<A | B> {
    return new JoinOperation(this).then(onFulfilled, onRejected);
  }

  /** The task's end as a promise. */
  get promise(): Promise<T> {
    return new JoinOperation(this).promise();
  }

  /** For the loop and for operations: makes the task go on in the next batch. */
  wake(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.loop.schedule(this);
  }

  /** For operations: notes what the task waits for. */
  suspend(wait: Wait): void {
    this.waitingFor = wait;
    // Cancelled while it ran: the first thing that it waits for is where it ends.
    if (this.cancelRequested && !this.unwinding) wait.abort();
  }

  /** For operations: see {@link Runner}. */
  mustYield(): boolean {
    return --this.resultsLeft < 0 || (this.cancelRequested && !this.unwinding);
  }

  /** For the loop: runs the body up to its next wait. */
  run(): void {
    this.scheduled = false;
    if (this.phase !== RUNNING) return;
    // A failure of what it waited for is told even so; the next wait is the one that is cut short.
    const cut = this.cancelRequested && !this.unwinding && !this.waitingFor?.hasFailed;
    this.waitingFor = null;
    this.resultsLeft = RESULTS_MAX;
    const previous = setRunner(this);
    try {
      let result: IteratorResult<Suspension, T>;
      if (cut) {
        this.unwinding = true;
        result = this.body.return(undefined as T);
      } else {
        result = this.body.next();
      }
      while (result !== SUSPENDED) {
        if (result.done) {
          this.value = result.value;
          this.bodyEnded();
          return;
        }
        result = this.body.throw(
          misuse(
            'A coroutine can only wait for operations, and with "yield*": write "yield* sleep(1)", not "yield"',
          ),
        );
      }
    } catch (error) {
      this.addError(error);
      this.bodyEnded();
    } finally {
      setRunner(previous);
    }
  }

  /** For the loop: where it waits in the program, or where its function begins. It takes milliseconds. */
  locate(): SourceLocation | null {
    return locate([this.body])[0]!;
  }

  /** Whether it is that task or stands below it in the tree. */
  isWithin(ancestor: Task<unknown>): boolean {
    for (let task: Task<unknown> | null = this as Task<unknown>; task; task = task.parent) {
      if (task === ancestor) return true;
    }
    return false;
  }

  /** For operations that wait for the end. @returns false if the task has ended */
  observe(observer: TaskObserver): boolean {
    if (this.phase >= SUCCEEDED) return false;
    if (this.observers) this.observers.push(observer);
    else this.observers = [observer];
    return true;
  }

  unobserve(observer: TaskObserver): void {
    this.observers = this.observers?.filter((other) => other !== observer) ?? null;
  }

  /** The result of a task that has ended: returned or thrown. */
  get outcome(): T {
    if (this.phase === SUCCEEDED) return this.value as T;
    if (this.phase === FAILED) throw this.error;
    throw new CancelledError(`The task ${this.name} was cancelled`);
  }

  private bodyEnded(): void {
    this.phase = ENDING;
    if (this.firstChild === null) this.finish();
    else if (this.errors || this.cancelRequested) this.cancelChildren();
  }

  private finish(): void {
    if (this.errors) this.phase = FAILED;
    else if (this.unwinding) this.phase = CANCELLED;
    else this.phase = SUCCEEDED;
    const observers = this.observers;
    this.observers = null;
    if (observers) for (const observer of observers) observer.taskEnded();
    const wasHandled = observers?.some((observer) => observer.handlesFailure) ?? false;
    if (this.parent) this.parent.childEnded(this as Task<unknown>, wasHandled);
    // A root that nobody waits for: Node's own rules for unhandled rejections apply.
    else if (this.phase === FAILED && !wasHandled) Promise.reject(this.error);
  }

  private get error(): unknown {
    const errors = this.errors!;
    if (errors.length === 1) return errors[0];
    return new AggregateError(errors, `${errors.length} failures in the task ${this.name}`);
  }

  private addError(error: unknown): void {
    if (this.errors) this.errors.push(error);
    else this.errors = [error];
  }

  private adopt(child: Task<unknown>): void {
    const first = this.firstChild;
    child.nextSibling = first;
    if (first) first.previousSibling = child;
    this.firstChild = child;
  }

  private childEnded(child: Task<unknown>, wasHandled: boolean): void {
    const previous = child.previousSibling;
    const next = child.nextSibling;
    if (previous) previous.nextSibling = next;
    else this.firstChild = next;
    if (next) next.previousSibling = previous;
    child.previousSibling = null;
    child.nextSibling = null;
    if (child.phase === FAILED && !wasHandled) {
      this.addError(child.error);
      this.cancel();
    }
    if (this.phase === ENDING && this.firstChild === null) this.finish();
  }

  private cancelChildren(): void {
    for (let child = this.firstChild; child; ) {
      // Cancelling may end the child at once, which takes it off the list.
      const next: Task<unknown> | null = child.nextSibling;
      child.cancel();
      child = next;
    }
  }
}

/** Waits for a task's end and gives its result. */
class JoinOperation<T> extends Operation<T> implements TaskObserver {
  readonly handlesFailure = true;
  private readonly task: Task<T>;

  constructor(task: Task<T>) {
    super();
    this.task = task;
  }

  override get description(): string {
    return `end of the task ${this.task.name}`;
  }

  taskEnded(): void {
    try {
      this.succeed(this.task.outcome);
    } catch (error) {
      this.fail(error);
    }
  }

  protected override begin(): void {
    if (Task.current?.isWithin(this.task as Task<unknown>)) {
      throw misuse(
        `A task cannot wait for itself or for a task above it, which waits for it: ${this.task.name}`,
      );
    }
    if (!this.task.observe(this)) this.taskEnded();
  }

  protected override end(): void {
    this.task.unobserve(this);
    this.fail(new CancelledError());
  }
}

/** Waits for a task's end, whatever its result. */
class EndOperation extends Operation<void> implements TaskObserver {
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
    this.fail(new CancelledError());
  }
}
