import { type Ambience, captureAmbience } from "./ambience.ts";
import { type Body, isCoroutine, makeCoroutine, type Waitable } from "./coroutine.ts";
import { currentLoop } from "./current-loop.ts";
import { JoinOperation } from "./join.ts";
import { type Coroutine, Operation } from "./operation.ts";
import type { SpawnOptions } from "./run.ts";
import { Task } from "./task.ts";

/** What a scope's task is given. */
interface ScopeOptions {
  /** The function that was given the coroutine, for errors. */
  readonly caller: string;
  readonly label: string | { readonly name: string };
  /** Changes what it runs in. */
  readonly change?: (ambience: Ambience | null) => Ambience | null;
}

/** Runs a coroutine as a child of the task that waits, and gives its result. To end the wait is to end the child. */
class ScopeOperation<T> extends JoinOperation<T> {
  private readonly body: Body<T> | Coroutine<T>;
  private readonly options: ScopeOptions;
  private isShieldedTask = false;

  constructor(body: Body<T> | Coroutine<T>, options: ScopeOptions) {
    super();
    this.body = body;
    this.options = options;
  }

  override get description(): string {
    return `scope ${this.task?.name ?? ""}`.trimEnd();
  }

  override shieldTasks(): void {
    this.isShieldedTask = true;
  }

  protected override begin(): void {
    const { caller, label, change } = this.options;
    const parent = Task.current;
    const inherited = parent ? parent.ambience : captureAmbience(null);
    const ambience = change ? change(inherited) : inherited;
    const coroutine = makeCoroutine(this.body, caller);
    this.task = new Task(currentLoop(), parent, coroutine, {
      label,
      isShielded: this.isShieldedTask,
      ambience,
    });
    this.task.observe(this);
  }

  protected override end(): void {
    this.task!.cancel();
  }
}

/**
 * Runs a coroutine whose children end before it does: a nursery, in trio's words. The first failure in it cancels all the
 * others, and is thrown here when their `finally` blocks have run; several failures are an AggregateError. Cancelling the
 * wait cancels everything in it.
 *
 * ```
 * yield* scope(function* () {
 *   yield* spawn(() => serve(first));
 *   yield* spawn(() => serve(second));
 * }); // both have ended
 * ```
 */
export function scope<T>(body: Body<T> | Coroutine<T>, options: SpawnOptions = {}): Operation<T> {
  const label = options.name ?? labelOf(body);
  return new ScopeOperation(body, { caller: "scope", label });
}

/**
 * The same with something changed in what the scope's task runs in.
 *
 * @throws ERR_INVALID_ARG_TYPE for what cannot be waited for
 */
export function scopeWithin<T>(
  waitable: Waitable<T>,
  change: NonNullable<ScopeOptions["change"]>,
  caller: string,
): Operation<T> {
  const options = { caller, label: caller, change };
  if (typeof waitable === "function" || isCoroutine(waitable)) return new ScopeOperation(waitable, options);
  const operation = toOperation(waitable, caller);
  return new ScopeOperation(() => operation, options);
}

/**
 * What waits for something, whatever it is.
 *
 * @param caller the function that was given it, for the error
 * @throws ERR_INVALID_ARG_TYPE for what cannot be waited for
 */
export function toOperation<T>(waitable: Waitable<T>, caller: string): Operation<T> {
  if (waitable instanceof Operation) return waitable;
  if (waitable instanceof Task) return new JoinOperation(waitable);
  if (typeof waitable === "function" || isCoroutine(waitable))
    return new ScopeOperation(waitable, { caller, label: labelOf(waitable) });
  const remedy = (waitable as unknown) instanceof Promise ? ", for a promise until(promise)" : "";
  const error = new TypeError(`${caller}() takes an operation, a task or a coroutine${remedy}`);
  throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}

function labelOf(body: object): ScopeOptions["label"] {
  return typeof body === "function" && body.name ? body : "scope";
}
