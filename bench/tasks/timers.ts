/** Timers that are set and cancelled. */
import { Operation, run, sleep, timeout } from "pentio";
import { Timer, TimerWheel } from "../../src/loop/index.ts";

export const batchSize = 1_000_000;

const DELAY_MS_MIN = 1000;

/** How many others stand meanwhile. */
const STANDING = 1_000_000;

function ignore(): void {}

/** Its result is there at once. */
class ReadyOperation extends Operation<void> {
  protected override begin(): void {
    this.succeed();
  }

  protected override end(): void {
    // It never waits.
  }
}

let standing: Operation<void>[] = [];

/** As programs have them: a time-out around what comes in time, while a million timers stand. */
export async function timeouts(count: number): Promise<void> {
  if (standing.length === 0) standing = setTimers(STANDING, 1e8);
  await run(function* () {
    for (let i = 0; i < count; i++) yield* timeout(DELAY_MS_MIN + i, new ReadyOperation());
  });
}

/** All set, then all cancelled, as a program without tasks does it. */
export async function sleeps(count: number): Promise<void> {
  for (const timer of setTimers(count, DELAY_MS_MIN)) timer.abort();
}

function setTimers(count: number, delayMs: number): Operation<void>[] {
  return Array.from({ length: count }, (_, i) => {
    const operation = sleep(delayMs + i);
    operation.then(null, ignore);
    return operation;
  });
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
