import type { ModelChoice } from "../loop/index.ts";
import { currentLoop } from "./current-loop.ts";
import { misuse } from "./errors.ts";
import { type Coroutine, Operation } from "./operation.ts";
import { Task } from "./task.ts";

/** What a task runs: `function* () { … }`, or a function that makes one operation, `() => sleep(1)`. */
export type Body<T> = () => Coroutine<T> | Operation<T>;

/** How a task is started. */
export interface SpawnOptions {
  /** For messages and listings. Default: the name of the generator function. */
  readonly name?: string;
}

/** How a tree of tasks is started. */
export interface RunOptions extends SpawnOptions {
  /**
   * The I/O model that it runs on. Default: what the environment variable PENTIO_MODEL says, or else `auto`, the best
   * that works here.
   */
  readonly model?: ModelChoice;
}

/**
 * Starts a coroutine as the root of a new tree of tasks. `await` the task for its result.
 *
 * @throws ERR_INVALID_ARG_VALUE for an unknown model; the system's refusal for one that does not work here;
 *   ERR_INVALID_ARG_TYPE for what is no generator function
 */
export function run<T>(body: Body<T>, options: RunOptions = {}): Task<T> {
  return new Task(currentLoop(options.model), null, start(body, "run"), nameOf(body, options));
}

class SpawnOperation<T> extends Operation<Task<T>> {
  private readonly body: Body<T>;
  private readonly options: SpawnOptions;

  constructor(body: Body<T>, options: SpawnOptions) {
    super();
    this.body = body;
    this.options = options;
  }

  protected override begin(): void {
    const parent = Task.current;
    if (!parent)
      throw misuse("spawn() needs a coroutine to be the parent: use run() to start a tree of tasks");
    this.succeed(new Task(parent.loop, parent, start(this.body, "spawn"), nameOf(this.body, this.options)));
  }

  protected override end(): void {
    // It never waits.
  }
}

/** Starts a coroutine as a child of the task that runs: `const task = yield* spawn(function* () { … })`. */
export function spawn<T>(body: Body<T>, options: SpawnOptions = {}): Operation<Task<T>> {
  return new SpawnOperation(body, options);
}

/** Makes the coroutine; nothing of its body has run yet. */
function start<T>(body: Body<T>, caller: string): Coroutine<T> {
  const work: unknown = typeof body === "function" ? body() : undefined;
  const coroutine = toCoroutine(work);
  if (coroutine) return coroutine as Coroutine<T>;
  // An async function has started already; what becomes of it is not ours to tell.
  if (work instanceof Promise) work.catch(() => {});
  const error = new TypeError(`${caller}() takes a generator function: ${caller}(function* () { … })`);
  throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}

/** What a function has returned, if it is something that a task can run; or else null. */
export function toCoroutine(work: unknown): Coroutine<unknown> | null {
  if (work instanceof Operation) return only(work);
  return Object.prototype.toString.call(work) === "[object Generator]" ? (work as Coroutine<unknown>) : null;
}

function* only<T>(operation: Operation<T>): Coroutine<T> {
  return yield* operation;
}

function nameOf(body: Body<unknown>, options: SpawnOptions): string {
  return options.name ?? (body.name || "anonymous");
}
