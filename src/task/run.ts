import type { ModelChoice } from "../loop/index.ts";
import { checkSignal } from "./abort-signals.ts";
import { captureAmbience } from "./ambience.ts";
import { type Body, makeCoroutine } from "./coroutine.ts";
import { currentLoop } from "./current-loop.ts";
import { Operation } from "./operation.ts";
import { Task } from "./task.ts";

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
  /** Cancels the tree when it aborts; one that has aborted already keeps it from beginning. */
  readonly signal?: AbortSignal;
}

/**
 * Starts a coroutine as the root of a new tree of tasks. `await` the task for its result.
 *
 * @throws ERR_INVALID_ARG_VALUE for an unknown model; the system's refusal for one that does not work here;
 *   ERR_INVALID_ARG_TYPE for what is no generator function, or no AbortSignal
 */
export function run<T>(body: Body<T>, options: RunOptions = {}): Task<T> {
  if (options.signal !== undefined) checkSignal(options.signal, "run");
  const loop = currentLoop(options.model);
  const coroutine = makeCoroutine(body, "run");
  const ambience = captureAmbience(Task.current?.ambience);
  const task = new Task(loop, null, coroutine, { label: options.name ?? body, ambience });
  if (options.signal) cancelBy(options.signal, task);
  return task;
}

class SpawnOperation<T> extends Operation<Task<T>> {
  private readonly body: Body<T>;
  private readonly name: string | undefined;

  constructor(body: Body<T>, name: string | undefined) {
    super();
    this.body = body;
    this.name = name;
  }

  protected override begin(): void {
    const parent = Task.expect(
      "spawn() needs a coroutine to be the parent: use run() to start a tree of tasks",
    );
    const coroutine = makeCoroutine(this.body, "spawn");
    this.succeed(new Task(parent.loop, parent, coroutine, { label: this.name ?? this.body }));
  }

  protected override end(): void {
    // It never waits.
  }
}

/** Starts a coroutine as a child of the task that runs: `const task = yield* spawn(function* () { … })`. */
export function spawn<T>(body: Body<T>, options?: SpawnOptions): Operation<Task<T>> {
  return new SpawnOperation(body, options?.name);
}

function cancelBy(signal: AbortSignal, task: Task<unknown>): void {
  if (signal.aborted) {
    task.cancel();
    return;
  }
  const onAbort = () => {
    task.cancel();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  task.observe({ handlesFailure: false, taskEnded: () => signal.removeEventListener("abort", onAbort) });
}
