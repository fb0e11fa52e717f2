/** Node's longest timeout. */
export const TIMER_MS_MAX = 2 ** 31 - 1;

/** The time until which something may go on. */
export class Deadline {
  /** Milliseconds of performance.now(); Infinity while it is not set. */
  time = Number.POSITIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined = undefined;
  private readonly passed: () => void;

  /** @param passed called in a turn of Node's loop when it has passed; it does not keep the process alive */
  constructor(passed: () => void) {
    this.passed = passed;
  }

  /** @param ms from now; Infinity sets none */
  set(ms: number): void {
    if (ms === Number.POSITIVE_INFINITY) return;
    this.time = performance.now() + ms;
    this.wait();
  }

  get hasPassed(): boolean {
    return performance.now() >= this.time;
  }

  clear(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.time = Number.POSITIVE_INFINITY;
  }

  /** Node's timers count whole milliseconds and may be up to one early, or cannot wait for so long: then there is another. */
  private wait(): void {
    const ms = Math.min(Math.ceil(this.time - performance.now()), TIMER_MS_MAX);
    this.timer = setTimeout(() => (this.hasPassed ? this.passed() : this.wait()), ms).unref();
  }
}
