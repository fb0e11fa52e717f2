import type { BackOff as BackOffOptions } from "./options.ts";

/** How long to wait before what fails again and again is tried once more. */
export class BackOff {
  private readonly options: Required<BackOffOptions>;
  private failures = 0;

  constructor(options: Required<BackOffOptions>) {
    this.options = options;
  }

  /**
   * After a failure.
   *
   * @param livedMs how long it had gone well before; from the longest wait on, the failures before it are forgotten
   * @returns milliseconds to wait
   */
  next(livedMs: number): number {
    const { firstMs, maxMs } = this.options;
    this.failures = livedMs >= maxMs ? 1 : this.failures + 1;
    return Math.min(maxMs, firstMs * 2 ** (this.failures - 1));
  }
}
