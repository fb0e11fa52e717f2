import {
  CancelledError,
  type Coroutine,
  Operation,
  run,
  spawn,
  type Task,
  type Waitable,
} from "../../../src/task/index.ts";

/** An operation that settles when the test says so. */
export class Manual<T> extends Operation<T> {
  begins = 0;
  ends = 0;
  /** Results that were taken back. */
  readonly givenBack: T[] = [];
  readonly #obedient: boolean;

  /** @param obedient whether it fails with a CancelledError as soon as its end is asked for */
  constructor(obedient = true) {
    super();
    this.#obedient = obedient;
  }

  resolve(value: T): void {
    this.succeed(value);
  }

  reject(error: unknown): void {
    this.fail(error);
  }

  protected override begin(): void {
    this.begins++;
  }

  protected override end(): void {
    this.ends++;
    if (this.#obedient) this.fail(new CancelledError());
  }

  protected override giveBack(value: T): void {
    this.givenBack.push(value);
  }
}

/** An operation that has its result at once. */
export class Instant<T> extends Operation<T> {
  readonly #value: T;

  constructor(value: T) {
    super();
    this.#value = value;
  }

  protected override begin(): void {
    this.succeed(this.#value);
  }

  protected override end(): void {}
}

/** Lets everything that is ready run, several times over. */
export async function turns(count = 3): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Starts a child that waits for an operation and notes what happens to it. */
export function* noting(
  log: string[],
  name: string,
  operation: Operation<unknown>,
): Coroutine<Task<unknown>> {
  return yield* spawn(
    function* () {
      try {
        const value = yield* operation;
        log.push(`${name} got ${value}`);
        return value;
      } catch (error) {
        log.push(`${name} caught ${(error as Error).message}`);
        throw error;
      } finally {
        log.push(`${name} ended`);
      }
    },
    { name },
  );
}

/** Waits for something, and gives the error that it ends with. */
export function* caught(wait: Operation<unknown> | Task<unknown>): Coroutine<unknown> {
  try {
    yield* wait;
  } catch (error) {
    return error;
  }
  return undefined;
}

/** A coroutine's body that waits for nothing. */
export function body<T>(work: () => T): () => Coroutine<T> {
  // biome-ignore lint/correctness/useYield: that is the point
  return function* () {
    return work();
  };
}

/** All that can be waited for, with the same result. */
export const waitables: Readonly<Record<string, <T>(value: T) => Waitable<T>>> = {
  "an operation": (value) => new Instant(value),
  "a task": (value) => run(body(() => value)),
  "a coroutine": (value) => body(() => value)(),
  "a generator function": (value) => body(() => value),
  "a function that makes an operation": (value) => () => new Instant(value),
};

/** What cannot be waited for, and what its refusal advises. */
export const unwaitables: readonly (readonly [string, unknown, RegExp])[] = [
  ["a promise", Promise.resolve(1), /until\(promise\)/],
  ["nothing", undefined, /an operation, a task or a coroutine/],
  ["null", null, /an operation, a task or a coroutine/],
  ["a number", 5, /an operation, a task or a coroutine/],
];
