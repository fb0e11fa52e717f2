import { type Loop, messageTime, type Runnable, type SourceLocation } from "../loop/index.ts";
import type { Ambience } from "./ambience.ts";
import type { Chain } from "./awaiting.ts";
import { watchTasks } from "./dump.ts";
import { CancelledError, misuse } from "./errors.ts";
import { forest } from "./forest.ts";
import { EndOperation, JoinOperation, type TaskObserver } from "./join.ts";
import {
  type Coroutine,
  getRunner,
  type Operation,
  type Runner,
  generatorMethods as resume,
  SUSPENDED,
  type Suspension,
  setRunner,
  type Wait,
} from "./operation.ts";
import type { TaskSnapshot } from "./snapshot.ts";
import { locate } from "./source-location.ts";
import { Unwinding } from "./unwinding.ts";

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

/** Deeper than any task: nobody has cancelled. */
const NOBODY = 0x3fffffff;

/** How a task is made. */
export interface TaskOptions {
  /** For messages and listings; a function stands for its name. */
  readonly label: string | { readonly name: string };
  /** Cancelling what stands above does not reach it. */
  readonly isShielded?: boolean;
  /** What it runs in. Default: its parent's. */
  readonly ambience?: Ambience | null;
}

/**
 * A coroutine that runs, and its place in the tree of tasks. It ends when its body and all its children have ended. A
 * child's failure cancels its siblings and its parent's body and becomes the parent's failure, unless somebody waits
 * for that child: then it is theirs.
 *
 * `yield* task` and `await task` wait for its end and give its result.
 */
export class Task<T> implements Runner, Runnable, PromiseLike<T>, AsyncDisposable {
  readonly loop: Loop;
  /** The task above it; null for the root of a tree. */
  readonly parent: Task<unknown> | null;
  /** @internal Context variables, and what async functions of Node's see. */
  ambience: Ambience | null;
  /** @internal When it was made, in whole monotonic milliseconds. */
  readonly createdAt: number;
  private readonly label: TaskOptions["label"];
  private readonly isShielded: boolean;
  /** How many stand above it. */
  private readonly depth: number;
  private readonly body: Coroutine<T>;
  private phase = RUNNING;
  private waitingFor: Wait | null = null;
  /** The depth of the uppermost task whose cancellation has reached this one. */
  private cancelledBy = NOBODY;
  /** A cancellation has not yet reached the body, which it ends at a wait. */
  private cutDue = false;
  /** Its end is the work of cancellation; its `finally` blocks run, or have. */
  private unwinding: Unwinding | null = null;
  private scheduled = false;
  private resultsLeft = RESULTS_MAX;
  private value: T | undefined = undefined;
  /** What has gone wrong: in the body, and in children. */
  private errors: unknown[] | null = null;
  /** Mostly there is one. */
  private observers: TaskObserver | TaskObserver[] | null = null;
  /** Children as a list through the siblings' links. */
  private firstChild: Task<unknown> | null = null;
  private previousSibling: Task<unknown> | null = null;
  private nextSibling: Task<unknown> | null = null;

  /** @param parent null for the root of a tree */
  constructor(loop: Loop, parent: Task<unknown> | null, body: Coroutine<T>, options: TaskOptions) {
    this.loop = loop;
    this.parent = parent;
    this.body = body;
    this.label = options.label;
    this.isShielded = options.isShielded === true;
    this.ambience = options.ambience ?? null;
    if (parent !== null) {
      this.depth = parent.depth + 1;
      this.createdAt = messageTime();
      if (options.ambience === undefined) this.ambience = parent.ambience;
      parent.adopt(this as Task<unknown>);
      // Cancelled, but still on its way to the wait where it ends: what it starts until then ends as it does.
      if (parent.cutDue && !this.isShielded) this.cutBy(parent.cancelledBy);
    } else {
      this.depth = 0;
      this.createdAt = Math.floor(performance.now());
      forest.add(this as Task<unknown>);
      watchTasks();
    }
    this.wake();
  }

  /** The task that runs at the moment, if any. */
  static get current(): Task<unknown> | null {
    return getRunner() as Task<unknown> | null;
  }

  /** @internal The task that runs. @throws ERR_INVALID_STATE with that advice outside coroutines */
  static expect(advice: string): Task<unknown> {
    const task = Task.current;
    if (!task) throw misuse(advice);
    return task;
  }

  /** For messages and listings. */
  get name(): string {
    const { label } = this;
    return typeof label === "string" ? label : label.name || "anonymous";
  }

  get state(): TaskState {
    return stateNames[this.phase]!;
  }

  /**
   * Asks the task and all below it to end: what they wait for is cancelled, down to the kernel, and their `finally`
   * blocks run. Has no effect on a task that has ended.
   *
   * Cancellation is a level, not an event: it stays until the task has ended, so whatever the task does, the next thing it
   * waits for is where it is cut. Only `finally` blocks that run because of it may wait undisturbed, until a task further
   * up is cancelled too: that cuts them as well. What must finish whatever happens is for `shield`. An error on its way
   * out of the body is replaced by a cancellation that meets it while a `finally` block waits: that is the language's rule
   * for `return`.
   *
   * @returns an operation that waits for the end; it may be ignored
   */
  cancel(): Operation<void> {
    this.cancelFrom(this.depth);
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
    return Promise.resolve(new JoinOperation(this));
  }

  /** Cancels the task and waits for its end: `await using task = run(…)`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.cancel();
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
    if (this.cutDue && !wait.isShielded) wait.abort();
  }

  /** For operations: see {@link Runner}. */
  mustYield(): boolean {
    return --this.resultsLeft < 0 || this.cutDue;
  }

  /** For the loop: runs the body up to its next wait. */
  run(): void {
    this.scheduled = false;
    if (this.phase !== RUNNING) return;
    const frame = this.ambience?.frame;
    if (frame) frame.runInAsyncScope(this.step, this);
    else this.step();
  }

  private step(): void {
    const cuts = this.cutDue && this.mayCut();
    this.waitingFor = null;
    this.resultsLeft = RESULTS_MAX;
    const previous = setRunner(this);
    try {
      let result: IteratorResult<Suspension, unknown>;
      if (cuts) {
        this.cutDue = false;
        this.unwinding ??= new Unwinding(this.body);
        result = this.unwinding.return();
      } else if (this.unwinding !== null) {
        result = this.unwinding.next();
      } else {
        result = resume.next.call(this.body);
      }
      while (result !== SUSPENDED) {
        if (result.done) {
          this.value = result.value as T;
          this.bodyEnded();
          return;
        }
        const error = misuse(
          'A coroutine can only wait for operations, and with "yield*": write "yield* sleep(1)", not "yield"',
        );
        result = this.unwinding ? this.unwinding.throw(error) : resume.throw.call(this.body, error);
      }
    } catch (error) {
      this.addError(error);
      this.bodyEnded();
    } finally {
      setRunner(previous);
    }
  }

  /** A failure of what it waited for is told even so, and a shielded result; then the next wait is cut short. */
  private mayCut(): boolean {
    const wait = this.waitingFor;
    return wait === null || !(wait.hasFailed || wait.isShielded);
  }

  /** For the loop: where it waits in the program, or where its function begins. It takes milliseconds. */
  locate(): SourceLocation | null {
    return locate([this.body])[0]!;
  }

  /** @internal For those who ask where it stands. */
  get generator(): object {
    return this.body;
  }

  /** @internal In the order in which they were started. */
  get children(): Task<unknown>[] {
    const children: Task<unknown>[] = [];
    for (let child = this.firstChild; child; child = child.nextSibling) children.push(child);
    return children.reverse();
  }

  /** @internal What it is at. */
  get condition(): Pick<TaskSnapshot, "state" | "isCancelled" | "waitsFor"> {
    const isCancelled = this.cutDue || this.unwinding !== null;
    const waitsFor = this.waitingFor?.description ?? null;
    if (getRunner() === this) return { state: "running", isCancelled, waitsFor: null };
    if (this.phase !== RUNNING) return { state: "ending", isCancelled, waitsFor: null };
    return { state: this.scheduled ? "ready" : "waiting", isCancelled, waitsFor };
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
    if (this.observers === null) this.observers = observer;
    else if (Array.isArray(this.observers)) this.observers.push(observer);
    else this.observers = [this.observers, observer];
    return true;
  }

  unobserve(observer: TaskObserver): void {
    this.observers = listOf(this.observers).filter((other) => other !== observer);
  }

  /** The result of a task that has ended: returned or thrown. */
  get outcome(): T {
    if (this.phase === SUCCEEDED) return this.value as T;
    if (this.phase === FAILED) throw this.error;
    throw new CancelledError(`The task ${this.name} was cancelled`);
  }

  /** @param depth of the task whose cancellation it is */
  private cancelFrom(depth: number): void {
    if (this.phase >= SUCCEEDED || depth >= this.cancelledBy) return;
    this.cutBy(depth);
    // Before our own clean-up: that would close under the children's feet what they work on.
    this.cancelChildren(depth);
    if (this.phase === ENDING) this.unwinding ??= new Unwinding(this.body);
    else if (this.waitingFor === null) {
      if (getRunner() !== this) this.wake();
    } else if (!this.waitingFor.isShielded) this.waitingFor.abort();
  }

  private cutBy(depth: number): void {
    this.cancelledBy = depth;
    this.cutDue = true;
  }

  private bodyEnded(): void {
    this.phase = ENDING;
    if (this.firstChild === null) this.finish();
    else if (this.errors || this.cancelledBy !== NOBODY)
      this.cancelChildren(Math.min(this.cancelledBy, this.depth));
  }

  /** It has ended, and with it, perhaps, those above that wait for nothing else: any number, so this is no recursion. */
  private finish(): void {
    for (let task: Task<unknown> | null = this as Task<unknown>; task; ) task = task.end();
  }

  /** @returns the parent if that ends, too */
  private end(): Task<unknown> | null {
    if (this.errors) this.phase = FAILED;
    else if (this.unwinding) this.phase = CANCELLED;
    else this.phase = SUCCEEDED;
    const { observers, parent } = this;
    let wasHandled = false;
    if (observers !== null) {
      this.observers = null;
      for (const observer of listOf(observers)) {
        observer.taskEnded();
        wasHandled ||= observer.handlesFailure;
      }
    }
    if (parent !== null) return parent.childEnded(this as Task<unknown>, wasHandled) ? parent : null;
    forest.delete(this as Task<unknown>);
    // A root that nobody waits for: Node's own rules for unhandled rejections apply.
    if (this.phase === FAILED && !wasHandled) Promise.reject(this.error);
    return null;
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

  /** @returns whether it was the last that this task had to wait for */
  private childEnded(child: Task<unknown>, wasHandled: boolean): boolean {
    const previous = child.previousSibling;
    const next = child.nextSibling;
    if (previous) previous.nextSibling = next;
    else this.firstChild = next;
    if (next) next.previousSibling = previous;
    child.previousSibling = null;
    child.nextSibling = null;
    if (child.phase === FAILED && !wasHandled) {
      this.addError(child.error);
      this.cancelFrom(this.depth);
    }
    return this.phase === ENDING && this.firstChild === null;
  }

  private cancelChildren(depth: number): void {
    for (let child = this.firstChild; child; ) {
      // Cancelling may end the child at once, which takes it off the list.
      const next: Task<unknown> | null = child.nextSibling;
      if (!child.isShielded) child.cancelFrom(depth);
      child = next;
    }
  }
}

function listOf(observers: TaskObserver | TaskObserver[] | null): TaskObserver[] {
  if (Array.isArray(observers)) return observers;
  return observers === null ? [] : [observers];
}
