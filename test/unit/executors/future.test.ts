import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { CancelledError, call, run, spawn, TimeoutError } from "pentio";
import { Future, InvalidStateError } from "pentio/executors";

describe("a future", () => {
  it("is pending, running, and done with its result", async () => {
    const future = new Future<number>();
    assert.deepEqual([future.running, future.done], [false, false]);
    assert.equal(future.setRunningOrNotifyCancel(), true);
    assert.deepEqual([future.running, future.done], [true, false]);
    future.setResult(5);
    assert.deepEqual([future.running, future.done, future.cancelled], [false, true, false]);
    assert.equal(await future.result(), 5);
    assert.equal(await future.exception(), null);
    assert.equal(future.resultSync(), 5);
    assert.equal(future.exceptionSync(), null);
  });

  it("gives its exception as one, and throws it in place of the result", async () => {
    const future = new Future<number>();
    const error = new RangeError("none");
    future.setException(error);
    assert.equal(await future.exception(), error);
    assert.equal(future.exceptionSync(), error);
    await assert.rejects(async () => future.result(), error);
    assert.throws(() => future.resultSync(), error);
  });

  it("gives its result to all who wait, in coroutines and async functions", async () => {
    const future = new Future<string>();
    const results: string[] = [];
    await run(function* () {
      for (let i = 0; i < 3; i++) {
        yield* spawn(function* () {
          results.push(yield* future.result());
        });
      }
      setImmediate(() => future.setResult("x"));
      yield* call(async () => results.push(await future.result()));
    });
    assert.deepEqual(results, ["x", "x", "x", "x"]);
  });

  it("is cancelled while it is pending, and only then", async () => {
    const future = new Future();
    assert.equal(future.cancel(), true);
    assert.equal(future.cancel(), true);
    assert.deepEqual([future.cancelled, future.done, future.running], [true, true, false]);
    assert.equal(future.setRunningOrNotifyCancel(), false);
    await assert.rejects(async () => future.result(), CancelledError);
    await assert.rejects(async () => future.exception(), CancelledError);
    assert.throws(() => future.resultSync(), CancelledError);

    const running = new Future();
    running.setRunningOrNotifyCancel();
    assert.equal(running.cancel(), false);
    assert.equal(running.cancel({ running: true }), false, "nobody knows how to end it");
    running.setResult(1);
    assert.equal(running.cancel(), false);
  });

  it("refuses a second outcome", () => {
    const future = new Future<number>();
    future.setResult(1);
    assert.throws(() => future.setResult(2), InvalidStateError);
    assert.throws(() => future.setException(new Error()), InvalidStateError);
    assert.throws(() => future.setRunningOrNotifyCancel(), InvalidStateError);
  });

  it("stays as it is when a wait for it is cancelled, or its time is up", async () => {
    const future = new Future<number>();
    await run(function* () {
      const waiter = yield* spawn(() => future.result());
      yield* waiter.cancel();
    });
    await assert.rejects(async () => future.result(1), TimeoutError);
    await assert.rejects(async () => future.exception(0), TimeoutError);
    assert.equal(future.done, false);
    future.setResult(3);
    assert.equal(await future.result(0), 3);
  });

  it("does not block for what only this thread could do", () => {
    assert.throws(() => new Future().resultSync(), { code: "ERR_INVALID_STATE" });
  });

  it("calls back in the order of adding, and at once when it is done", () => {
    const future = new Future<number>();
    const order: unknown[] = [];
    future.addDoneCallback((done) => order.push(1, done === future));
    future.addDoneCallback(() => order.push(2));
    future.setResult(1);
    future.addDoneCallback(() => order.push(3));
    assert.deepEqual(order, [1, true, 2, 3]);
  });

  it("warns of what a callback throws, and calls the others", async () => {
    const warned = once(process, "warning");
    const future = new Future<number>();
    let called = false;
    future.addDoneCallback(() => {
      throw new Error("thrown in a callback");
    });
    future.addDoneCallback(() => {
      called = true;
    });
    future.setResult(1);
    assert.equal(called, true);
    assert.equal((await warned)[0].message, "thrown in a callback");
  });
});
