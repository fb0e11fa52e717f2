import type { Loop, Timer } from "../loop/index.ts";
import { currentLoop } from "./current-loop.ts";
import { Operation } from "./operation.ts";

/** One object for the waiter and the timing wheel. */
class SleepOperation extends Operation<void> implements Timer {
  deadline = 0;
  place = -1;
  before: Timer | null = null;
  after: Timer | null = null;
  private readonly delayMs: number;
  private loop: Loop | undefined = undefined;

  constructor(delayMs: number) {
    super();
    this.delayMs = delayMs;
  }

  override get description(): string {
    return `sleep of ${this.delayMs} ms`;
  }

  expired(): void {
    this.loop!.unref();
    this.succeed();
  }

  protected override begin(): void {
    this.loop = currentLoop();
    this.loop.setTimer(this, this.delayMs);
    this.loop.ref();
  }

  protected override end(): void {
    this.loop!.cancelTimer(this);
    this.loop!.unref();
    this.giveUp();
  }
}

/**
 * Waits.
 *
 * @param delayMs milliseconds, 0 or more, fractions allowed; the wait is never shorter. It keeps the process alive.
 * @throws ERR_OUT_OF_RANGE for a negative or infinite delay, ERR_INVALID_ARG_TYPE for what is no number
 */
export function sleep(delayMs: number): Operation<void> {
  if (typeof delayMs !== "number") {
    const error = new TypeError(`sleep() takes a number of milliseconds, not ${typeof delayMs}`);
    throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
  }
  if (!(delayMs >= 0 && delayMs < Number.POSITIVE_INFINITY)) {
    const error = new RangeError(`sleep() takes a delay of 0 or more milliseconds, not ${delayMs}`);
    throw Object.assign(error, { code: "ERR_OUT_OF_RANGE" });
  }
  return new SleepOperation(delayMs);
}
