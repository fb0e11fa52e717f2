import { type Loop, Timer } from "../loop/index.ts";
import { currentLoop } from "./current-loop.ts";
import { Operation } from "./operation.ts";

/** The timer of a sleep: one object for the wheel, one for the waiter. */
class Alarm extends Timer {
  private readonly sleep: SleepOperation;

  constructor(sleep: SleepOperation) {
    super();
    this.sleep = sleep;
  }

  override expired(): void {
    this.sleep.expired();
  }
}

class SleepOperation extends Operation<void> {
  private readonly delayMs: number;
  private readonly alarm = new Alarm(this);
  private loop: Loop | undefined;

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
    this.loop.setTimer(this.alarm, this.delayMs);
    this.loop.ref();
  }

  protected override end(): void {
    this.loop!.cancelTimer(this.alarm);
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
