import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  CancelledError,
  currentLoop,
  deadline,
  type Operation,
  race,
  run,
  sleep,
  spawn,
  type Task,
  TimeoutError,
  timeout,
  type Waitable,
} from "../../../src/task/index.ts";
import { blockThread } from "../../support/settling.ts";
import { body, caught, Instant, Manual, turns, unwaitables, waitables } from "../support/operations.ts";

const limited = {
  timeout: (waitable: Operation<string>) => timeout(1, waitable),
  deadline: (waitable: Operation<string>) => deadline(Date.now() + 1, waitable),
};

/** Does not hear that it should end. */
class Deaf extends Manual<string> {
  protected override end(): void {
    this.ends++;
    this.resolve("all the same");
  }
}

function failureOf(operation: Operation<unknown>): Promise<Error> {
  return operation.then(
    () => assert.fail("it succeeded"),
    (error: unknown) => error as Error,
  ) as unknown as Promise<Error>;
}

function waits() {
  const { refs, timers } = currentLoop().statistics();
  return { refs, timers };
}

for (const [name, limit] of Object.entries({
  timeout: <T>(waitable: Waitable<T>) => timeout(1e6, waitable),
  deadline: <T>(waitable: Waitable<T>) => deadline(Date.now() + 1e6, waitable),
})) {
  describe(name, () => {
    for (const [what, make] of Object.entries(waitables)) {
      it(`gives the result of ${what} that comes in time, and leaves no timer`, async () => {
        const before = waits();
        assert.equal(await limit(make("in time")), "in time");
        const result = await run(function* () {
          return yield* limit(make("in time"));
        });
        assert.equal(result, "in time");
        assert.deepEqual(waits(), before);
      });
    }

    for (const [what, wrong, message] of unwaitables) {
      it(`refuses ${what}`, () => {
        assert.throws(() => limit(wrong as never), { code: "ERR_INVALID_ARG_TYPE", message });
      });
    }

    it("throws what it waits for throws", async () => {
      const failure = new Error("not the time");
      const failing = body(() => {
        throw failure;
      });
      await assert.rejects(
        async () => await limit(failing),
        (error) => error === failure,
      );
    });

    it("can be used once", async () => {
      const once = limit(new Instant(1));
      await once;
      await assert.rejects(async () => await once, { code: "ERR_INVALID_STATE" });
    });
  });
}

for (const [name, limit] of Object.entries(limited)) {
  describe(`${name}, when the time is up,`, () => {
    it("cancels what it waits for and throws a TimeoutError that says what took too long", async () => {
      const before = waits();
      for (const wait of [
        (operation: Operation<string>) => Promise.resolve(operation),
        (operation: Operation<string>) => run(() => operation).promise,
      ]) {
        const slow = new Manual<string>();
        await assert.rejects(wait(limit(slow)), (error) => {
          assert.ok(error instanceof TimeoutError);
          assert.equal(error.name, "TimeoutError");
          assert.equal(error.code, "ERR_TIMED_OUT");
          assert.match(error.message, /manual/);
          return true;
        });
        assert.equal(slow.ends, 1);
      }
      assert.deepEqual(waits(), before);
    });

    it("gives a result that comes all the same", async () => {
      assert.equal(await limit(new Deaf()), "all the same");
    });

    it("waits until what it has cancelled has ended", async () => {
      const slow = new Manual<string>(false);
      const task = run(() => limit(slow));
      while (slow.ends === 0) await turns(1);
      await turns();
      assert.equal(task.state, "running");
      slow.resolve("late");
      assert.equal(await task, "late");
    });

    it("throws the error with which that ends", async () => {
      const slow = new Manual<string>(false);
      const task = run(() => limit(slow));
      const failure = assert.rejects(task.promise, { message: "while it ended" });
      while (slow.ends === 0) await turns(1);
      slow.reject(new Error("while it ended"));
      await failure;
    });

    it("is an error that the program may catch", async () => {
      const result = await run(function* () {
        try {
          return yield* limit(new Manual());
        } catch (error) {
          yield* sleep(0);
          return `caught ${(error as Error).name}`;
        }
      });
      assert.equal(result, "caught TimeoutError");
    });
  });
}

describe("timeout", () => {
  it("runs the finally blocks of a coroutine, all the way down, which may wait", async () => {
    let childHasBegun = false;
    const log: string[] = [];
    const cleanUp = new Manual<void>();
    const task = run(function* () {
      return yield* caught(
        // Longer than the moment in which a busy machine may keep the child from beginning.
        timeout(100, function* () {
          yield* spawn(function* () {
            childHasBegun = true;
            try {
              yield* sleep(1e6);
            } finally {
              log.push("child");
            }
          });
          try {
            yield* sleep(1e6);
          } finally {
            yield* cleanUp;
            log.push("body");
          }
        }),
      );
    });
    while (cleanUp.begins === 0) await turns(1);
    await turns();
    assert.equal(cleanUp.ends, 0, "the clean-up is not cut by the time-out");
    cleanUp.resolve();
    assert.ok((await task) instanceof TimeoutError);
    // On a machine that is held up the time may be up before the child has begun.
    assert.deepEqual(log, childHasBegun ? ["child", "body"] : ["body"]);
  });

  it("lets a body begin, however late the loop is", async () => {
    let begins = 0;
    const limitedBody = () =>
      timeout(1, function* () {
        begins++;
        yield* sleep(1e6);
      });
    const inCoroutine = await run(function* () {
      // Ready before the body, and the end of the batch: the body is of a later one, when its time is up.
      yield* spawn(body(() => blockThread(20)));
      return yield* caught(limitedBody());
    });
    assert.ok(inCoroutine instanceof TimeoutError);
    assert.equal(begins, 1);

    const inAwait = failureOf(limitedBody());
    blockThread(20);
    assert.ok((await inAwait) instanceof TimeoutError);
    assert.equal(begins, 2);
  });

  it("of 0 lets through what is there, and nothing else", async () => {
    assert.equal(await timeout(0, new Instant("there")), "there");
    await assert.rejects(async () => await timeout(0, new Manual()), { code: "ERR_TIMED_OUT" });
  });

  it("of Infinity is none", async () => {
    const before = waits();
    const slow = new Manual<string>();
    const result = Promise.resolve(timeout(Number.POSITIVE_INFINITY, slow));
    await turns();
    assert.deepEqual(waits(), before);
    slow.resolve("at last");
    assert.equal(await result, "at last");
  });

  it("in another one: the shorter counts, and each has its own error", async () => {
    const inner = await failureOf(timeout(1e6, timeout(1, new Manual())));
    assert.match(inner.message, /longer than 1 ms: manual/);
    const outer = await failureOf(timeout(1, timeout(1e6, new Manual())));
    assert.match(outer.message, /longer than 1 ms: manual, 1000000 ms at most/);
    const both = await failureOf(
      timeout(2, function* () {
        yield* caught(timeout(1, new Manual()));
        yield* sleep(1e6);
      }),
    );
    assert.match(both.message, /longer than 2 ms/);
  });

  it("in a finally block works as anywhere", async () => {
    let error: unknown;
    const task = run(function* () {
      try {
        yield* sleep(1e6);
      } finally {
        error = yield* caught(timeout(1, new Manual()));
      }
    });
    await turns();
    await task.cancel();
    assert.ok(error instanceof TimeoutError);
    assert.equal(task.state, "cancelled");
  });

  it("of a task ends only the wait", async () => {
    const gate = new Manual<string>();
    const other = run(() => gate);
    await assert.rejects(async () => await timeout(1, other), { code: "ERR_TIMED_OUT" });
    assert.equal(other.state, "running");
    gate.resolve("unharmed");
    assert.equal(await other, "unharmed");
  });

  for (const [when, prepare] of [
    ["that has not begun", async () => {}],
    ["while it waits", async () => await turns()],
  ] as const) {
    it(`of a task that is cancelled ${when} leaves nothing behind`, async () => {
      const before = waits();
      const wait = new Manual<void>();
      const task = run(function* () {
        yield* timeout(1e6, wait);
      });
      await prepare();
      await task.cancel();
      assert.equal(wait.ends, wait.begins);
      assert.equal(task.state, "cancelled");
      assert.deepEqual(waits(), before);
    });
  }

  it("gives a result back that a cancelled task has not taken", async () => {
    const wait = new Manual<string>();
    const task = run(function* () {
      yield* timeout(1e6, wait);
    });
    await turns();
    wait.resolve("data");
    task.cancel();
    await turns();
    assert.deepEqual(wait.givenBack, ["data"]);
    assert.equal(task.state, "cancelled");
  });

  it("does not make a cancellation that takes its time a TimeoutError", async () => {
    const slow = new Manual<void>(false);
    const log: unknown[] = [];
    let self: Task<void> | undefined;
    self = run(function* () {
      self!.cancel();
      log.push(yield* caught(timeout(1, slow)));
    });
    await turns();
    assert.equal(slow.ends, 1);
    await sleep(2);
    slow.reject(new CancelledError());
    await turns();
    assert.deepEqual(log, []);
    assert.equal(self.state, "cancelled");
  });

  it("says what it waits for and how long", async () => {
    assert.equal(timeout(5, sleep(1)).description, "sleep of 1 ms, 5 ms at most");
    assert.equal(
      deadline(new Date("2030-01-02T03:04:05Z"), sleep(1)).description,
      "sleep of 1 ms, until 2030-01-02T03:04:05.000Z",
    );
  });

  it("refuses what is no time", () => {
    for (const wrong of [-1, Number.NaN]) {
      assert.throws(() => timeout(wrong, sleep(0)), { code: "ERR_OUT_OF_RANGE", message: /0 or more/ });
    }
    for (const wrong of ["1", undefined, null, 1n]) {
      assert.throws(() => timeout(wrong as never, sleep(0)), {
        code: "ERR_INVALID_ARG_TYPE",
        message: /number of milliseconds/,
      });
    }
  });
});

describe("deadline", () => {
  it("that has passed is a time-out of 0", async () => {
    for (const past of [new Date(0), new Date(-1), Date.now() - 1, Number.MIN_SAFE_INTEGER / 2]) {
      assert.equal(await deadline(past, new Instant("there")), "there");
      await assert.rejects(async () => await deadline(past, new Manual()), { code: "ERR_TIMED_OUT" });
    }
  });

  it("says which it was", async () => {
    const at = new Date(Date.now() - 1000);
    await assert.rejects(async () => await deadline(at, new Manual()), {
      message: `It was not done at ${at.toISOString()}: manual`,
    });
  });

  it("is a moment, however long after its making the wait for it begins", async () => {
    const late = deadline(Date.now() + 50, new Manual<void>());
    await sleep(60);
    // Timers expire in their order, however late the loop looks at them.
    await assert.rejects(async () => await race([late, sleep(25)]), { code: "ERR_TIMED_OUT" });
  });

  it("of Infinity is none", async () => {
    assert.equal(await deadline(Number.POSITIVE_INFINITY, new Instant("there")), "there");
  });

  it("refuses what is no moment", () => {
    for (const wrong of [new Date("nonsense"), Number.NaN, 1e17]) {
      assert.throws(() => deadline(wrong, sleep(0)), { code: "ERR_OUT_OF_RANGE", message: /valid Date/ });
    }
    for (const wrong of ["2030-01-01", undefined, null]) {
      assert.throws(() => deadline(wrong as never, sleep(0)), { code: "ERR_INVALID_ARG_TYPE" });
    }
  });
});
