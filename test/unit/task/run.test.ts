import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Coroutine, run, sleep, spawn, type Task } from "../../../src/task/index.ts";
import { body, Instant, Manual, turns } from "../support/operations.ts";

describe("run", () => {
  it("gives what the coroutine returns, to await, to promise and to yield*", async () => {
    const task = run(function* () {
      yield* sleep(0);
      return { answer: 42 };
    });
    assert.deepEqual(await task, { answer: 42 });
    assert.equal(await task.promise, await task);
    assert.deepEqual(
      await run(function* () {
        return yield* task;
      }),
      { answer: 42 },
    );
  });

  it("throws what the coroutine throws, the very same", async () => {
    for (const failure of [new Error("of the coroutine"), "a string", undefined, 0]) {
      const task = run(function* (): Coroutine<void> {
        yield* sleep(0);
        throw failure;
      });
      const outcome = await task.then(
        () => assert.fail("no error came"),
        (error: unknown) => ({ error }),
      );
      assert.deepEqual(outcome, { error: failure });
      assert.equal(task.state, "failed");
    }
  });

  it("returns before the coroutine begins", async () => {
    const log: string[] = [];
    const task = run(body(() => log.push("begins")));
    log.push("returned");
    await Promise.resolve();
    assert.deepEqual(log, ["returned"]);
    await task;
    assert.deepEqual(log, ["returned", "begins"]);
  });

  it("takes the name from the generator function or from the options", async () => {
    function* walk(): Coroutine<void> {}
    assert.equal(run(walk).name, "walk");
    assert.equal(run(walk, { name: "run" }).name, "run");
    assert.equal(run(() => walk()).name, "anonymous");
    await run(function* () {
      assert.equal((yield* spawn(walk)).name, "walk");
      assert.equal((yield* spawn(walk, { name: "child" })).name, "child");
    });
  });

  it("tells the state", async () => {
    const gate = new Manual<void>();
    const task = run(function* () {
      yield* gate;
    });
    assert.equal(task.state, "running");
    await turns();
    assert.equal(task.state, "running");
    gate.resolve();
    await task;
    assert.equal(task.state, "succeeded");
  });

  it("refuses an unknown model at once", () => {
    assert.throws(() => run(function* () {}, { model: "kqueue" as never }), {
      code: "ERR_INVALID_ARG_VALUE",
      message: /kqueue/,
    });
  });

  it("can be called in a coroutine and starts a tree of its own there", async () => {
    let other: Task<string> | undefined;
    const gate = new Manual<string>();
    await run(function* () {
      other = run(function* () {
        return yield* gate;
      });
      yield* sleep(0);
    });
    await turns();
    assert.equal(other!.state, "running");
    gate.resolve("later");
    assert.equal(await other, "later");
  });

  it("tells clearly that it wants a generator function", async () => {
    const wrong: [string, () => unknown][] = [
      ["an async function", async () => 1],
      ["a function", () => 1],
      ["a function of nothing", () => undefined],
      ["an async generator function", async function* () {}],
    ];
    for (const [what, body] of wrong) {
      await assert.rejects(
        async () => await run(body as () => Coroutine<unknown>),
        { name: "TypeError", message: /function\*/ },
        what,
      );
    }
    await assert.rejects(async () => await run(5 as unknown as () => Coroutine<unknown>), {
      name: "TypeError",
      message: /function\*/,
    });
  });
});

describe("spawn", () => {
  it("gives the child at once, and both run", async () => {
    const log: string[] = [];
    await run(function* () {
      const child = yield* spawn(function* () {
        log.push("child begins");
        yield* sleep(0);
        log.push("child ends");
        return 5;
      });
      log.push("parent goes on");
      assert.equal(child.state, "running");
      assert.equal(yield* child, 5);
      assert.equal(child.state, "succeeded");
    });
    assert.deepEqual(log, ["parent goes on", "child begins", "child ends"]);
  });

  it("starts children in order", async () => {
    const log: number[] = [];
    await run(function* () {
      for (let i = 0; i < 20; i++) {
        yield* spawn(body(() => log.push(i)));
      }
    });
    assert.deepEqual(
      log,
      Array.from({ length: 20 }, (_, i) => i),
    );
  });

  it("makes children that their parent's body does not wait for outlive it, but not the parent", async () => {
    const gate = new Manual<void>();
    let child: Task<void> | undefined;
    const parent = run(function* () {
      child = yield* spawn(function* () {
        yield* gate;
      });
      return "the body's";
    });
    await turns();
    assert.equal(parent.state, "running");
    assert.equal(child!.state, "running");
    gate.resolve();
    assert.equal(await parent, "the body's");
    assert.equal(child!.state, "succeeded");
  });

  it("lets grandchildren hold up the whole tree", async () => {
    const gate = new Manual<void>();
    let ended = false;
    const root = run(function* () {
      yield* spawn(function* () {
        yield* spawn(function* () {
          yield* gate;
          ended = true;
        });
      });
    });
    await turns(5);
    assert.equal(root.state, "running");
    gate.resolve();
    await root;
    assert.ok(ended);
  });

  it("outside of a coroutine is a clear error", async () => {
    const child = spawn(function* () {});
    await assert.rejects(async () => await child, { code: "ERR_INVALID_STATE", message: /run\(\)/ });
  });

  it("does nothing when nobody waits for it", async () => {
    let began = false;
    await run(function* () {
      spawn(
        body(() => {
          began = true;
        }),
      );
      yield* sleep(0);
    });
    await turns();
    assert.equal(began, false);
  });

  it("gives the result to all who wait, before the end and after", async () => {
    const gate = new Manual<string>();
    await run(function* () {
      const child = yield* spawn(function* () {
        return yield* gate;
      });
      const results: string[] = [];
      for (let i = 0; i < 3; i++) {
        yield* spawn(function* () {
          results.push(yield* child);
        });
      }
      const asPromise = child.promise;
      yield* sleep(0);
      gate.resolve("shared");
      assert.equal(yield* child, "shared");
      assert.equal(yield* child, "shared");
      yield* sleep(1);
      assert.deepEqual(results, ["shared", "shared", "shared"]);
      asPromise.then((value) => assert.equal(value, "shared"));
    });
  });

  it("runs ten thousand children", async () => {
    let sum = 0;
    await run(function* () {
      for (let i = 0; i < 10_000; i++) {
        yield* spawn(function* () {
          yield* sleep(0);
          sum += yield* new Instant(i);
        });
      }
    });
    assert.equal(sum, (9999 * 10_000) / 2);
  });

  for (const [whom, depth] of [
    ["itself", 0],
    ["its parent", 1],
    ["an ancestor", 3],
  ] as const) {
    it(`tells a task that waits for ${whom}, which could never end, clearly`, async () => {
      const line: Task<unknown>[] = [];
      let caught: unknown;
      function* node(left: number): Coroutine<void> {
        if (left > 0) {
          line.push(yield* spawn(() => node(left - 1)));
          return;
        }
        try {
          yield* line[0]!;
        } catch (error) {
          caught = error;
        }
      }
      line.push(run(() => node(depth)));
      await turns(10);
      const { state } = line[0]!;
      if (state === "running") line[0]!.cancel();
      assert.equal(state, "succeeded");
      assert.equal((caught as NodeJS.ErrnoException).code, "ERR_INVALID_STATE");
    });
  }

  it("nests a thousand deep", async () => {
    function* nest(depth: number): Coroutine<number> {
      if (depth === 0) return 0;
      const child: Task<number> = yield* spawn(() => nest(depth - 1));
      return 1 + (yield* child);
    }
    assert.equal(await run(() => nest(1000)), 1000);
  });
});
