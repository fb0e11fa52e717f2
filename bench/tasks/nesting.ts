/**
 * One operation inside one call of a coroutine, and inside five: `event` waits for what comes from outside; `ready` has its
 * result at once, `waiting` is resumed by another task, in calls made for it; `standing` is that too, in calls that stand for
 * all of the operations; `bare` is what V8 takes for generators in which nothing happens.
 */
import { type Coroutine, Operation, run, sleep, spawn } from "pentio";

/** Its result is there at once. */
class ReadyOperation extends Operation<number> {
  protected override begin(): void {
    this.succeed(1);
  }

  protected override end(): void {
    // It never waits.
  }
}

/** Waits until another task does the same: two tasks take turns. */
class TurnOperation extends Operation<number> {
  private static waiting: TurnOperation | null = null;

  static release(): void {
    TurnOperation.waiting?.succeed(1);
    TurnOperation.waiting = null;
  }

  protected override begin(): void {
    TurnOperation.release();
    TurnOperation.waiting = this;
  }

  protected override end(): void {
    TurnOperation.waiting = null;
  }
}

type Call = () => Coroutine<number>;

/** Tasks that wait for events at the same time. */
const WAITERS = 64;

function* event(): Coroutine<number> {
  yield* sleep(0);
  return 1;
}

function* ready(): Coroutine<number> {
  return yield* new ReadyOperation();
}

function* waiting(): Coroutine<number> {
  return yield* new TurnOperation();
}

function* waitingOften(count: number): Coroutine<number> {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += yield* new TurnOperation();
  return sum;
}

function* second(call: Call): Coroutine<number> {
  return yield* call();
}

function* third(call: Call): Coroutine<number> {
  return yield* second(call);
}

function* fourth(call: Call): Coroutine<number> {
  return yield* third(call);
}

function* fifth(call: Call): Coroutine<number> {
  return yield* fourth(call);
}

function* repeat(count: number, call: Call): Coroutine<number> {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += yield* call();
  // The other task waits for its last turn.
  TurnOperation.release();
  return sum;
}

/** Many tasks share the operations. */
function waitAtOnce(count: number, call: Call) {
  return run(function* parent() {
    for (let i = 0; i < WAITERS; i++) yield* spawn(() => repeat(Math.ceil(count / WAITERS), call));
  });
}

/** A generator that yields twice, as one that waits and then returns is resumed twice. */
function* bare(): Generator<undefined, number> {
  yield;
  return 1;
}

function resume(generator: Generator<unknown, number>): number {
  generator.next();
  return generator.next().value as number;
}

async function resumeOften(count: number, make: () => Generator<unknown, number>): Promise<void> {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += resume(make());
  if (sum !== count) throw new Error(`${sum} of ${count} generators`);
}

/** Two tasks share the operations. */
function takeTurns(count: number, work: (count: number) => Coroutine<number>) {
  return run(function* parent() {
    yield* spawn(() => work(count / 2));
    yield* spawn(() => work(count / 2));
  });
}

export const event1 = (count: number) => waitAtOnce(count, event);
export const event5 = (count: number) => waitAtOnce(count, () => fifth(event));
export const bare1 = (count: number) => resumeOften(count, bare);
export const bare5 = (count: number) => resumeOften(count, () => fifth(bare as unknown as Call));
export const ready1 = (count: number) => run(() => repeat(count, ready));
export const ready5 = (count: number) => run(() => repeat(count, () => fifth(ready)));
export const waiting1 = (count: number) => takeTurns(count, (half) => repeat(half, waiting));
export const waiting5 = (count: number) => takeTurns(count, (half) => repeat(half, () => fifth(waiting)));
export const standing1 = (count: number) => takeTurns(count, (half) => repeat(1, () => waitingOften(half)));
export const standing5 = (count: number) =>
  takeTurns(count, (half) => repeat(1, () => fifth(() => waitingOften(half))));
