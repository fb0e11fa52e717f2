import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import {
  ContextVariable,
  type Coroutine,
  call,
  run,
  sleep,
  type Task,
  timeout,
  until,
} from "../../../src/task/index.ts";
import { caught, turns } from "../support/operations.ts";

/** A promise that the test settles. */
function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}

describe("until", () => {
  it("gives what the promise gives, now or later", async () => {
    const later = deferred<string>();
    const task = run(function* () {
      return [yield* until(Promise.resolve("now")), yield* until(later.promise)];
    });
    await turns();
    later.resolve("later");
    assert.deepEqual(await task, ["now", "later"]);
    assert.equal(await until(Promise.resolve(5)), 5);
  });

  it("takes anything with a then()", async () => {
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested
    const thenable = { then: (resolve: (value: number) => void) => resolve(7) };
    assert.equal(await run(() => until(thenable as PromiseLike<number>)), 7);
  });

  it("throws what the promise is rejected with", async () => {
    const failure = new Error("rejected");
    const result = await run(function* () {
      return [yield* caught(until(Promise.reject(failure))), yield* caught(until(Promise.reject(undefined)))];
    });
    assert.deepEqual(result, [failure, undefined]);
  });

  it("that is cancelled ends at once, and the promise goes on", async () => {
    const never = deferred<string>();
    const log: string[] = [];
    const task = run(function* () {
      try {
        yield* until(never.promise);
      } finally {
        log.push("finally");
      }
    });
    await turns();
    await task.cancel();
    assert.deepEqual(log, ["finally"]);
    never.resolve("still");
    assert.equal(await never.promise, "still");
  });

  it("does not make a rejection unhandled that comes after its cancellation", async () => {
    const late = deferred<string>();
    const task = run(() => until(late.promise));
    await turns();
    await task.cancel();
    late.reject(new Error("late"));
    // An unhandled rejection would fail this test.
    await turns();
  });

  it("refuses what is no promise", () => {
    for (const wrong of [5, undefined, null, async () => {}]) {
      assert.throws(() => until(wrong as never), { code: "ERR_INVALID_ARG_TYPE", message: /call\(\)/ });
    }
  });
});

describe("call", () => {
  it("gives what a function returns, or what its promise gives", async () => {
    const result = await run(function* () {
      return [
        yield* call(() => 1),
        yield* call(async () => 2),
        yield* call(async () => {
          await delay(1);
          return 3;
        }),
      ];
    });
    assert.deepEqual(result, [1, 2, 3]);
    assert.equal(await call(async () => "awaited"), "awaited");
  });

  it("throws what the function throws, or its promise is rejected with", async () => {
    const failure = new Error("inside");
    const result = await run(function* () {
      return [
        yield* caught(
          call(() => {
            throw failure;
          }),
        ),
        yield* caught(call(() => Promise.reject(failure))),
      ];
    });
    assert.deepEqual(result, [failure, failure]);
  });

  it("calls nothing before somebody waits", async () => {
    let calls = 0;
    const operation = call(() => {
      calls++;
    });
    await turns();
    assert.equal(calls, 0);
    await operation;
    assert.equal(calls, 1);
  });

  it("that is cancelled aborts the signal, and waits for the function that takes it", async () => {
    const log: string[] = [];
    const cleanUp = deferred<void>();
    const task = run(function* () {
      try {
        yield* call(async (signal) => {
          try {
            await delay(1e6, undefined, { signal });
          } finally {
            log.push("aborted");
            await cleanUp.promise;
            log.push("function ended");
          }
        });
      } finally {
        log.push("task ended");
      }
    });
    await turns();
    task.cancel();
    await turns();
    assert.deepEqual(log, ["aborted"]);
    assert.equal(task.state, "running");
    cleanUp.resolve();
    await task.cancel();
    assert.deepEqual(log, ["aborted", "function ended", "task ended"]);
    assert.equal(task.state, "cancelled");
  });

  it("that is cancelled ends at once if the function does not take the signal", async () => {
    const never = deferred<void>();
    const task = run(() => call(() => never.promise));
    await turns();
    await task.cancel();
    assert.equal(task.state, "cancelled");
    never.reject(new Error("nobody hears of it"));
    await turns();
  });

  it("tells of an error other than the abort although it was cancelled", async () => {
    const task = run(() =>
      call(async (signal) => {
        await delay(1e6, undefined, { signal }).catch(() => {});
        throw new Error("while it ended");
      }),
    );
    await turns();
    const failure = assert.rejects(task.promise, { message: "while it ended" });
    task.cancel();
    await failure;
  });

  it("in a time-out takes Node's own AbortError for the end that was asked for", async () => {
    for (const abortion of [
      (signal: AbortSignal) => delay(1e6, undefined, { signal }),
      (signal: AbortSignal) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    ]) {
      await assert.rejects(async () => await timeout(1, call(abortion)), { code: "ERR_TIMED_OUT" });
    }
  });

  it("gives an AbortError on that it did not ask for", async () => {
    const controller = new AbortController();
    const operation = call(() => delay(1e6, undefined, { signal: controller.signal }));
    const failure = assert.rejects(async () => await operation, { name: "AbortError" });
    controller.abort();
    await failure;
  });

  it("lets the function use operations, tasks and context variables", async () => {
    const user = new ContextVariable<string>("user");
    const result = await run(function* () {
      user.set("Ada");
      return yield* call(async () => {
        await sleep(0);
        const before = user.get();
        const inner: Task<string> = run(function* (): Coroutine<string> {
          yield* sleep(0);
          return user.get();
        });
        return [before, await inner, user.get()];
      });
    });
    assert.deepEqual(result, ["Ada", "Ada", "Ada"]);
  });

  it("refuses what is no function", () => {
    for (const wrong of [5, undefined, Promise.resolve(1)]) {
      assert.throws(() => call(wrong as never), { code: "ERR_INVALID_ARG_TYPE", message: /until\(\)/ });
    }
  });

  it("says what is called", () => {
    assert.equal(call(async function fetchPage() {}).description, "the function fetchPage");
    assert.equal(call(() => 1).description, "the function that was called");
  });
});
