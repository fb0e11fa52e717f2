/** A million timers at once: all set, then all cancelled. */
import { type Operation, sleep } from "pentio";
import { Timer, TimerWheel } from "../../src/loop/index.ts";

export const batchSize = 1_000_000;

const DELAY_MS_MIN = 1000;

function ignore(): void {}

/** As a program without tasks sets them. */
export async function sleeps(count: number): Promise<void> {
  const operations: Operation<void>[] = [];
  for (let i = 0; i < count; i++) {
    const operation = sleep(DELAY_MS_MIN + i);
    operation.then(null, ignore);
    operations.push(operation);
  }
  for (const operation of operations) operation.abort();
}

class SilentTimer extends Timer {
  override expired(): void {
    throw new Error("a timer that is cancelled has expired");
  }
}

const wheel = new TimerWheel(0);
const timers = Array.from({ length: batchSize }, () => new SilentTimer());

/** The wheel alone, on which they all stand. */
export async function wheelTimers(): Promise<void> {
  for (let i = 0; i < batchSize; i++) wheel.add(timers[i]!, DELAY_MS_MIN + i);
  for (const timer of timers) wheel.remove(timer);
}
