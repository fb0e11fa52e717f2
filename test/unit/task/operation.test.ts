import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  CancelledError,
  type Coroutine,
  CoroutineOperation,
  fastConstructor,
  Operation,
  run,
  type Suspension,
  sleep,
  spawn,
  until,
} from "../../../src/task/index.ts";
import { Instant, Manual, turns } from "../support/operations.ts";

describe("an operation", () => {
  it("does nothing before somebody waits for it", async () => {
    const operation = new Manual<number>();
    await turns();
    assert.equal(operation.begins, 0);
    operation.resolve(1);
    operation.abort();
    assert.equal(operation.ends, 0);
    const waiting = Promise.resolve(operation);
    await turns();
    assert.equal(operation.begins, 1);
    operation.resolve(2);
    assert.equal(await waiting, 2);
  });

  for (const [when, settle] of [
    ["at once", true],
    ["later", false],
  ] as const) {
    it(`gives every kind of value that it has ${when} to a coroutine and to an async function`, async () => {
      for (const value of [1, 0, "", null, undefined, false, Number.NaN, { done: false, value: 5 }, [1]]) {
        const make = () => {
          if (settle) return new Instant<unknown>(value);
          const operation = new Manual<unknown>();
          setImmediate(() => setImmediate(() => operation.resolve(value)));
          return operation;
        };
        const inCoroutine = await run(function* () {
          return [yield* make()];
        });
        assert.deepEqual(inCoroutine, [value]);
        const operation = make();
        assert.deepEqual([await operation], [value]);
      }
    });
  }

  it("throws its error where it is waited for, the very same", async () => {
    const failure = new Error("the operation's");
    for (const fail of [
      (operation: Manual<void>) => setImmediate(() => setImmediate(() => operation.reject(failure))),
      () => {},
    ]) {
      const make = () => {
        const operation = new Manual<void>();
        fail(operation);
        return operation;
      };
      if (fail.length === 0) break;
      const caught = await run(function* () {
        try {
          yield* make();
        } catch (error) {
          return error;
        }
        return undefined;
      });
      assert.equal(caught, failure);
      await assert.rejects(
        async () => await make(),
        (error) => error === failure,
      );
    }
  });

  it("fails with what its beginning throws", async () => {
    class Broken extends Operation<number> {
      protected override begin(): void {
        throw new Error("cannot begin");
      }
      protected override end(): void {}
    }
    await assert.rejects(async () => await new Broken(), { message: "cannot begin" });
    await assert.rejects(
      run(function* () {
        yield* new Broken();
      }).promise,
      { message: "cannot begin" },
    );
  });

  it("settles once: what comes later changes nothing", async () => {
    const operation = new Manual<string>();
    const result = Promise.resolve(operation);
    await turns(1);
    operation.resolve("first");
    operation.resolve("second");
    operation.reject(new Error("third"));
    assert.equal(await result, "first");
  });

  it("that is made without its constructor is as any other", async () => {
    class Walk extends Operation<string> {
      protected override begin(): void {
        this.succeed("home");
      }

      protected override end(): void {}
    }
    const ColdWalk = fastConstructor(Walk);
    assert.ok(new ColdWalk() instanceof Walk);
    assert.deepEqual({ ...new ColdWalk() }, { ...new Walk() });
    assert.equal(new ColdWalk().description, "walk");
    assert.equal(await new ColdWalk(), "home");
    const operation = new ColdWalk();
    assert.equal(await run(() => operation), "home");
    await assert.rejects(Promise.resolve(operation), { code: "ERR_INVALID_STATE" });
  });

  it("says what it is", () => {
    assert.equal(sleep(1).description, "sleep of 1 ms");
    class WalkOperation extends Manual<void> {}
    assert.equal(new WalkOperation().description, "walk");
  });

  it("that is made of others is for one wait, too", async () => {
    const twice = { code: "ERR_INVALID_STATE", message: /used already.*make a new one/ };
    class Walk extends CoroutineOperation<number> {
      protected override *work(): Coroutine<number> {
        yield* sleep(0);
        return 1;
      }
    }
    await run(function* () {
      const operation = new Walk();
      assert.equal(yield* operation, 1);
      assert.throws(() => operation[Symbol.iterator](), twice);
      yield* until(assert.rejects(Promise.resolve(operation), twice));
    });
    const operation = new Walk();
    assert.equal(await operation, 1);
    await assert.rejects(Promise.resolve(operation), twice);
    assert.throws(() => operation[Symbol.iterator](), twice);
  });

  it("is for one wait: a second one is told so", async () => {
    const twice = { code: "ERR_INVALID_STATE", message: /used already.*make a new one/ };
    await run(function* () {
      const operation = sleep(0);
      yield* operation;
      assert.throws(() => operation[Symbol.iterator]().next(), twice);
      const instant = new Instant(1);
      yield* instant;
      yield* spawn(function* () {
        try {
          yield* instant;
          assert.fail("took the result twice");
        } catch (error) {
          assert.throws(() => {
            throw error;
          }, twice);
        }
      });
    });
    const operation = sleep(0);
    await operation;
    await assert.rejects(async () => await operation, twice);
    const pending = new Manual<number>();
    const first = Promise.resolve(pending);
    await turns(1);
    await assert.rejects(async () => await pending, twice);
    pending.resolve(5);
    assert.equal(await first, 5, "the first wait is not disturbed");
  });

  it("that a task waits for cannot be taken away from it by a second wait", async () => {
    const operation = new Manual<string>();
    const task = run(function* () {
      return yield* operation;
    });
    await turns();
    operation.resolve("the task's");
    await assert.rejects(async () => await operation, { code: "ERR_INVALID_STATE" });
    assert.equal(await task, "the task's");
  });

  it("is refused by yield* outside of a coroutine that Pentio runs, with a message that helps", () => {
    function* plain(): Coroutine<void> {
      yield* sleep(1);
    }
    assert.throws(() => plain().next(), { code: "ERR_INVALID_STATE", message: /run\(function\*.*await/ });
    assert.throws(() => [...(sleep(1) as unknown as Iterable<unknown>)], { code: "ERR_INVALID_STATE" });
  });

  it("can be used in helpers of any depth", async () => {
    function* add(a: number, b: number): Coroutine<number> {
      yield* sleep(0);
      return a + b;
    }
    function* sum(to: number): Coroutine<number> {
      return to === 0 ? 0 : yield* add(to, yield* sum(to - 1));
    }
    assert.equal(await run(() => sum(50)), 1275);
  });
});

describe("yield without a star", () => {
  const nonsense: [string, unknown][] = [
    ["a number", 5],
    ["nothing", undefined],
    ["null", null],
    ["a promise", Promise.resolve(1)],
    ["an operation", sleep(1)],
    ["an iterator result", { done: false, value: undefined }],
  ];
  for (const [what, value] of nonsense) {
    it(`of ${what} is a clear error in the coroutine, which may catch it and go on`, async () => {
      let caught: unknown;
      const task = run(function* () {
        try {
          yield value as Suspension;
        } catch (error) {
          caught = error;
        }
        yield* sleep(0);
        return "went on";
      });
      assert.equal(await task, "went on");
      assert.ok(caught instanceof TypeError);
      assert.match(caught.message, /yield\*/);
      assert.equal((caught as NodeJS.ErrnoException).code, "ERR_INVALID_STATE");
    });
  }

  it("fails the task that does not catch the error", async () => {
    const task = run(function* () {
      yield 1 as unknown as Suspension;
    });
    await assert.rejects(task.promise, { code: "ERR_INVALID_STATE" });
    assert.equal(task.state, "failed");
  });

  it("is told again and again", async () => {
    let count = 0;
    await run(function* () {
      for (let i = 0; i < 10; i++) {
        try {
          yield i as unknown as Suspension;
        } catch {
          count++;
        }
      }
    });
    assert.equal(count, 10);
  });
});

describe("an operation as a promise", () => {
  it("calls back with the result, and chains", async () => {
    const result = await sleep(0)
      .then(() => 20)
      .then((value) => value + 1)
      .then((value) => Promise.resolve(value * 2));
    assert.equal(result, 42);
  });

  it("passes results and errors on where a callback is missing", async () => {
    assert.equal(await new Instant(7).then().then(null, null), 7);
    const failing = new Manual<number>();
    const chain = failing.then((value) => value + 1).then((value) => value + 1);
    failing.reject(new Error("at the start"));
    await assert.rejects(chain, { message: "at the start" });
  });

  it("catches, and goes on with what the handler gives", async () => {
    const failing = new Manual<number>();
    const log: string[] = [];
    const chain = failing
      .then(() => log.push("not called"))
      .catch((error: unknown) => (error as Error).message)
      .finally(() => log.push("finally"));
    failing.reject(new Error("caught"));
    assert.equal(await chain, "caught");
    assert.deepEqual(log, ["finally"]);

    const other = new Manual<number>();
    const recovered = other.then(null, (error: unknown) => `recovered from ${error}`);
    other.reject("a string");
    assert.equal(await recovered, "recovered from a string");
  });

  it("rejects the chain with what a callback throws", async () => {
    const fail = () => {
      throw new Error("of the callback");
    };
    await assert.rejects(sleep(0).then(fail).finally(), { message: "of the callback" });
    const failing = new Manual<number>();
    const chain = failing.then(null, fail).finally(() => {});
    failing.reject(new Error("first"));
    await assert.rejects(chain, { message: "of the callback" });
  });

  it("can be chained on after it has settled", async () => {
    const operation = new Manual<number>();
    const awaiting = operation.then((value) => value + 1);
    operation.resolve(1);
    await turns();
    assert.equal(await awaiting.finally(() => {}), 2);
    assert.equal(await awaiting.then((value) => value), 2);
  });

  it("works with Promise.all, Promise.race and Promise.allSettled", async () => {
    assert.deepEqual(await Promise.all([new Instant(1), sleep(0).then(() => 2), 3]), [1, 2, 3]);
    const never = new Manual<string>();
    assert.equal(await Promise.race([never, new Instant("at once")]), "at once");
    never.resolve("late");
    const failing = new Manual<void>();
    setImmediate(() => failing.reject("no"));
    assert.deepEqual(await Promise.allSettled([failing, new Instant(1)]), [
      { status: "rejected", reason: "no" },
      { status: "fulfilled", value: 1 },
    ]);
  });

  it("is a promise of Node's by promise()", async () => {
    const promise = Promise.resolve(new Instant(1));
    assert.ok(promise instanceof Promise);
    assert.equal(await promise, 1);
  });

  it("calls back later, never within then()", async () => {
    let called = false;
    const chain = new Instant(1).then(() => {
      called = true;
    });
    assert.equal(called, false);
    await chain;
    assert.equal(called, true);
  });

  it("fails with a CancelledError, an AbortError in Node's eyes, when its end is asked for", async () => {
    const operation = sleep(1e9);
    const result = Promise.resolve(operation);
    await turns();
    operation.abort();
    await assert.rejects(result, (error) => error instanceof CancelledError && error.code === "ABORT_ERR");
  });
});

describe("a coroutine that never waits", () => {
  it("lets other tasks have their turns", async () => {
    let stop = false;
    let rounds = 0;
    await run(function* () {
      yield* spawn(function* () {
        while (!stop) {
          yield* new Instant(1);
          if (++rounds > 50_000_000) assert.fail("nobody else had a turn");
        }
      });
      yield* spawn(function* () {
        for (let i = 0; i < 10; i++) yield* sleep(0);
        stop = true;
      });
    });
  });

  it("lets Node's own events have their turns", async () => {
    let stop = false;
    let rounds = 0;
    setTimeout(() => setImmediate(() => process.nextTick(() => queueMicrotask(() => (stop = true)))), 1);
    await run(function* () {
      while (!stop) {
        yield* new Instant(1);
        if (++rounds > 50_000_000) assert.fail("Node had no turn");
      }
    });
    assert.ok(stop);
  });

  it("can be cancelled", async () => {
    let finished = false;
    let rounds = 0;
    const task = run(function* () {
      try {
        for (;;) {
          yield* new Instant(1);
          if (++rounds > 50_000_000) assert.fail("nobody could cancel");
        }
      } finally {
        finished = true;
      }
    });
    await turns(1);
    await task.cancel();
    assert.ok(finished);
    assert.equal(task.state, "cancelled");
  });

  it("gets all of its results, in order", async () => {
    const results = await run(function* () {
      const list: number[] = [];
      for (let i = 0; i < 10_000; i++) list.push(yield* new Instant(i));
      return list;
    });
    assert.deepEqual(
      results,
      Array.from({ length: 10_000 }, (_, i) => i),
    );
  });
});
