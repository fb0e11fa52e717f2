import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Coroutine, run, scope, shield, sleep, spawn, type Task } from "../../../src/task/index.ts";
import { body, caught, Instant, Manual, noting, turns } from "../support/operations.ts";

describe("a scope", () => {
  it("gives what its body returns when all its children have ended", async () => {
    const gate = new Manual<void>();
    const log: string[] = [];
    const task = run(function* () {
      const result = yield* scope(function* () {
        yield* noting(log, "child", gate);
        log.push("body returns");
        return 5;
      });
      log.push("scope ended");
      return result;
    });
    await turns();
    assert.deepEqual(log, ["body returns"]);
    gate.resolve();
    assert.equal(await task, 5);
    assert.deepEqual(log, ["body returns", "child got undefined", "child ended", "scope ended"]);
  });

  it("takes a generator function, a coroutine, or a function that makes an operation", async () => {
    const work = body(() => "done");
    await run(function* () {
      assert.equal(yield* scope(work), "done");
      assert.equal(yield* scope(work()), "done");
      assert.equal(yield* scope(() => new Instant("done")), "done");
    });
  });

  it("can be awaited, where it is a tree of its own", async () => {
    const log: string[] = [];
    const result = await scope(function* () {
      yield* noting(log, "child", new Instant("it"));
      return "from the body";
    });
    assert.equal(result, "from the body");
    assert.deepEqual(log, ["child got it", "child ended"]);
  });

  it("does nothing when nobody waits for it", async () => {
    let began = false;
    scope(
      body(() => {
        began = true;
      }),
    );
    await turns();
    assert.equal(began, false);
  });

  it("throws the first failure when the others have been cancelled and have cleaned up", async () => {
    const log: string[] = [];
    const bomb = new Manual<void>();
    const cleanUp = new Manual<void>();
    const failure = new Error("bomb");
    const task = run(function* () {
      try {
        yield* scope(function* () {
          yield* noting(log, "bomb", bomb);
          yield* spawn(function* () {
            try {
              yield* sleep(1e6);
            } finally {
              log.push("sibling cleans up");
              yield* cleanUp;
              log.push("sibling has cleaned up");
            }
          });
          try {
            yield* sleep(1e6);
          } finally {
            log.push("body ended");
          }
        });
      } catch (error) {
        assert.equal(error, failure);
        log.push("caught");
      }
      return "went on";
    });
    await turns();
    bomb.reject(failure);
    await turns();
    assert.deepEqual(log, ["bomb caught bomb", "bomb ended", "sibling cleans up", "body ended"]);
    cleanUp.resolve();
    assert.equal(await task, "went on");
    assert.deepEqual(log.slice(4), ["sibling has cleaned up", "caught"]);
  });

  it("throws several failures as one AggregateError, those of clean-up among them", async () => {
    const [first, second] = [new Manual<void>(false), new Manual<void>(false)];
    const task = run(function* () {
      yield* scope(
        function* () {
          for (const gate of [first, second]) {
            yield* spawn(function* () {
              yield* gate;
            });
          }
          try {
            yield* sleep(1e6);
          } finally {
            yield* sleep(0);
            // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested
            throw new Error("of the clean-up");
          }
        },
        { name: "trouble" },
      );
    });
    await turns();
    first.reject(new Error("first"));
    await turns();
    second.reject(new Error("second"));
    const error = await task.then(
      () => assert.fail("it succeeded"),
      (error: unknown) => error,
    );
    assert.ok(error instanceof AggregateError);
    assert.deepEqual(error.errors.map(({ message }) => message).sort(), [
      "first",
      "of the clean-up",
      "second",
    ]);
    assert.match(error.message, /3 failures.*trouble/);
  });

  it("leaves the tasks outside of it alone when it fails", async () => {
    const outside = new Manual<string>();
    const result = await run(function* () {
      const other = yield* spawn(function* () {
        return yield* outside;
      });
      const failure = yield* caught(
        scope(function* () {
          yield* spawn(
            body(() => {
              throw new Error("inside");
            }),
          );
          yield* sleep(1e6);
        }),
      );
      outside.resolve("unharmed");
      return [(failure as Error).message, yield* other];
    });
    assert.deepEqual(result, ["inside", "unharmed"]);
  });

  it("ends with all that is in it when the wait for it is cancelled", async () => {
    const log: string[] = [];
    const waits = [new Manual<void>(), new Manual<void>()];
    const task = run(function* () {
      try {
        yield* scope(function* () {
          yield* noting(log, "a", waits[0]!);
          yield* scope(function* () {
            yield* noting(log, "b", waits[1]!);
          });
        });
      } finally {
        log.push("outside");
      }
    });
    await turns();
    await task.cancel();
    assert.deepEqual(
      waits.map(({ ends }) => ends),
      [1, 1],
    );
    assert.deepEqual(log.toSorted(), ["a ended", "b ended", "outside"]);
    assert.equal(log.at(-1), "outside", "after all that is in the scope");
    assert.equal(task.state, "cancelled");
  });

  it("that is cancelled before its body begins never begins it", async () => {
    let began = false;
    let self: Task<void> | undefined;
    self = run(function* () {
      self!.cancel();
      yield* scope(
        body(() => {
          began = true;
        }),
      );
    });
    await turns();
    assert.equal(self.state, "cancelled");
    assert.equal(began, false);
  });

  it("is named by its options or its function", async () => {
    const names = await run(function* () {
      const nameOf = function* (): Coroutine<string> {
        const child = yield* spawn(function* leaf() {
          yield* sleep(1e6);
        });
        const name = child.parent!.name;
        child.cancel();
        return name;
      };
      return [
        yield* scope(nameOf),
        yield* scope(() => nameOf()),
        yield* scope(nameOf()),
        yield* scope(nameOf, { name: "by hand" }),
      ];
    });
    assert.deepEqual(names, ["nameOf", "scope", "scope", "by hand"]);
  });

  it("can be used once", async () => {
    await run(function* () {
      const once = scope(body(() => 1));
      yield* once;
      assert.match(String(yield* caught(once)), /used already.*make a new one/);
    });
  });

  it("tells clearly that it wants a coroutine", async () => {
    for (const [wrong, advice] of [
      [async () => 1, /until\(promise\) or call\(asyncFunction\)/],
      [() => undefined, /scope\(function\* \(\) \{ … \}\)/],
      [undefined, /scope\(function\* \(\) \{ … \}\)/],
    ] as [never, RegExp][]) {
      await assert.rejects(async () => await scope(wrong), {
        code: "ERR_INVALID_ARG_TYPE",
        message: advice,
      });
    }
  });

  it("that its own child waits for is an error, not a wait for ever", async () => {
    const failure = await run(function* () {
      return yield* scope(function* () {
        const child: Task<unknown> = yield* spawn(function* () {
          return yield* caught(child.parent!);
        });
        return yield* child;
      });
    });
    assert.equal((failure as NodeJS.ErrnoException).code, "ERR_INVALID_STATE");
  });

  it("in a scope in a scope, thousands deep, is cancelled and ends", async () => {
    const DEPTH = 3000;
    let finals = 0;
    const bottom = new Manual<void>();
    function* nest(depth: number): Coroutine<void> {
      try {
        if (depth === 0) yield* bottom;
        else yield* scope(() => nest(depth - 1));
      } finally {
        finals++;
      }
    }
    const task = run(() => nest(DEPTH));
    while (bottom.begins === 0) await turns(1);
    await task.cancel();
    assert.equal(finals, DEPTH + 1);
    assert.equal(task.state, "cancelled");
  });

  it("ends with thousands of generations of children that nobody joins", async () => {
    const DEPTH = 5000;
    const bottom = new Manual<void>();
    function* nest(depth: number): Coroutine<void> {
      if (depth === 0) yield* bottom;
      else yield* spawn(() => nest(depth - 1));
    }
    const task = run(() => nest(DEPTH));
    while (bottom.begins === 0) await turns(1);
    bottom.resolve();
    await task;
    assert.equal(task.state, "succeeded");
  });
});

describe("a task that is disposed of", () => {
  it("is cancelled, and has ended when its block is left", async () => {
    const wait = new Manual<void>();
    const log: string[] = [];
    let task: Task<void>;
    {
      await using disposed = run(function* () {
        try {
          yield* wait;
        } finally {
          yield* sleep(0);
          log.push("cleaned up");
        }
      });
      task = disposed;
      await turns();
      assert.equal(disposed.state, "running");
    }
    assert.equal(task.state, "cancelled");
    assert.deepEqual(log, ["cleaned up"]);
  });

  it("stays what it was if it has ended", async () => {
    let task: Task<number>;
    {
      await using disposed = run(body(() => 5));
      task = disposed;
      await disposed;
    }
    assert.equal(await task, 5);
  });

  it("waits for what is shielded", async () => {
    const saved = new Manual<void>();
    const task = run(function* () {
      yield* shield(saved);
    });
    await turns();
    let isDisposed = false;
    const disposal = task[Symbol.asyncDispose]().then(() => {
      isDisposed = true;
    });
    await turns();
    assert.equal(isDisposed, false);
    saved.resolve();
    await disposal;
    assert.equal(task.state, "succeeded");
  });
});
