import assert from "node:assert/strict";
import { CancelledError, Operation, type Socket, sleep } from "../../src/index.ts";
import { blockThread } from "./settling.ts";

class PromiseOperation<T> extends Operation<T> {
  readonly #promise: Promise<T>;

  constructor(promise: Promise<T>) {
    super();
    this.#promise = promise;
  }

  protected override begin(): void {
    this.#promise.then(
      (value) => this.succeed(value),
      (error: unknown) => this.fail(error),
    );
  }

  protected override end(): void {
    this.fail(new CancelledError());
  }
}

/** Waits for a promise in a coroutine. */
export function settle<T>(promise: Promise<T>): Operation<T> {
  return new PromiseOperation(promise);
}

/** Checks that an operation fails, as `assert.rejects` does. */
export function* rejects<T>(operation: Operation<T>, expected: object) {
  let error: unknown;
  try {
    yield* operation;
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error, `${operation.description} has not failed`);
  assert.throws(() => {
    throw error;
  }, expected);
}

/** Everything that arrives up to the peer's end. */
export function* readAll(socket: Socket) {
  const chunks: Buffer[] = [];
  for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * Does something at the worst moment: after the loop was told of what `cause` makes happen, but before the tasks that
 * this wakes have run.
 *
 * @param hasHappened whether the loop was told, where that is certain only after a while
 */
export function* inBetween<T>(cause: () => void, act: () => T, hasHappened = () => true) {
  let acted: (result: T) => void = () => {};
  const result = new Promise<T>((resolve) => {
    acted = resolve;
  });
  const attempt = (attemptsLeft: number) => {
    // A timer that is due expires after completions are delivered and before what is ready runs.
    sleep(1).then(() => {
      if (hasHappened() || attemptsLeft === 0) acted(act());
      else attempt(attemptsLeft - 1);
    });
    // Long enough for the threads of models that have some, unless the machine is very busy with other things.
    blockThread(100);
  };
  cause();
  attempt(100);
  return yield* settle(result);
}
