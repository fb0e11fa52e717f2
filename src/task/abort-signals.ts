import type { ResultOf, Waitable } from "./coroutine.ts";
import { Operation } from "./operation.ts";
import { race } from "./race.ts";
import { toOperation } from "./scope.ts";

/** Waits until a signal aborts, and fails with its reason. */
class AbortedOperation extends Operation<never> {
  private readonly signal: AbortSignal;

  constructor(signal: AbortSignal) {
    super();
    this.signal = signal;
  }

  override get description(): string {
    return "an abort signal";
  }

  protected override begin(): void {
    if (this.signal.aborted) this.onAbort();
    else this.signal.addEventListener("abort", this.onAbort, { once: true });
  }

  protected override end(): void {
    this.signal.removeEventListener("abort", this.onAbort);
    this.giveUp();
  }

  private readonly onAbort = () => {
    this.fail(this.signal.reason);
  };
}

/**
 * Waits for something unless a signal aborts: then it is cancelled, down to the kernel, and the signal's reason is thrown
 * when it has ended. If the signal has aborted already, it is not begun. For a whole tree there is `run(…, { signal })`.
 *
 * @throws ERR_INVALID_ARG_TYPE for what cannot be waited for, or is no AbortSignal
 */
export function withSignal<W extends Waitable<unknown>>(
  signal: AbortSignal,
  waitable: W,
): Operation<ResultOf<W>> {
  checkSignal(signal, "withSignal");
  const operation = toOperation(waitable, "withSignal");
  return race([new AbortedOperation(signal), operation]) as Operation<ResultOf<W>>;
}

/** @throws ERR_INVALID_ARG_TYPE for what is no AbortSignal */
export function checkSignal(signal: AbortSignal, caller: string): void {
  if (signal instanceof AbortSignal) return;
  const error = new TypeError(`${caller}() takes an AbortSignal, not ${typeof signal}`);
  throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}
