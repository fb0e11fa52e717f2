import type { ModelChoice } from "../loop/index.ts";
import { currentLoop } from "./current-loop.ts";
import { misuse } from "./errors.ts";
import { type Coroutine, Operation } from "./operation.ts";
import { Task } from "./task.ts";

/** What a task runs. */
export type Body<T> = () => Coroutine<T>;

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
 * @throws ERR_INVALID_ARG_VALUE for an unknown model; the system's refusal for one that does not work here
 */
export function run<T>(body: Body<T>, options: RunOptions = {}): Task<T> {
  return new Task(currentLoop(options.model), null, body(), nameOf(body, options));
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
    this.succeed(new Task(parent.loop, parent, this.body(), nameOf(this.body, this.options)));
  }

  protected override end(): void {
    // It never waits.
  }
}

/** Starts a coroutine as a child of the task that runs: `const task = yield* spawn(function* () { … })`. */
export function spawn<T>(body: Body<T>, options: SpawnOptions = {}): Operation<Task<T>> {
  return new SpawnOperation(body, options);
}

function nameOf(body: Body<unknown>, options: SpawnOptions): string {
  return options.name ?? (body.name || "anonymous");
}
