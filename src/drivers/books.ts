import { Completions } from "./completions.ts";
import type { DriverStatistics } from "./driver.ts";
import type { Request } from "./request.ts";

/** The books of a driver: requests that it has, and completions that nobody has reaped yet. */
export class Books {
  inFlight = 0;
  submitted = 0;
  private completed = 0;
  private collecting = new Completions();
  private delivering = new Completions();

  /** Completions that nobody has reaped yet. */
  get waiting(): number {
    return this.collecting.length;
  }

  /** Takes a request in. */
  enter(request: Request): void {
    request.slot = 0;
    request.cancelled = false;
    this.inFlight++;
    this.submitted++;
  }

  /** Gives a request back whose result is known at once. */
  answer(request: Request, result: number): number {
    this.inFlight--;
    this.completed++;
    request.slot = -1;
    request.data = null;
    return result;
  }

  /** Notes a completion; the last one of a request gives it back. */
  note(request: Request, result: number, data: Buffer | null, more: boolean): void {
    if (!more) this.inFlight--;
    this.collecting.push(request, result, data, more);
  }

  /** Hands out what was noted. It is the caller's until the next time. */
  reap(): Completions {
    const completions = this.collecting;
    this.completed += completions.length;
    this.collecting = this.delivering;
    this.delivering = completions;
    return completions;
  }

  statistics(systemCalls: number): DriverStatistics {
    const { inFlight, submitted, completed } = this;
    return { inFlight, submitted, completed, systemCalls };
  }

  /** Forgets everything; nobody is told. */
  close(): void {
    this.collecting.discard();
    this.delivering.discard();
  }
}
