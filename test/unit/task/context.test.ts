import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { probeModels } from "../../../src/drivers/index.ts";
import {
  all,
  ContextVariable,
  type Coroutine,
  call,
  run,
  runInStorage,
  scope,
  shield,
  sleep,
  spawn,
  timeout,
  until,
} from "../../../src/task/index.ts";
import { runProgram } from "../../support/programs.ts";
import { body, caught, Instant, Manual, turns, unwaitables, waitables } from "../support/operations.ts";

describe("a context variable", () => {
  it("has the value that was set in the task or above, whatever kind of wait lies between", async () => {
    const user = new ContextVariable<string>("user");
    const seen = await run(function* () {
      user.set("Ada");
      yield* sleep(0);
      const child = yield* spawn(function* () {
        yield* until(delay(1));
        return user.get();
      });
      return [
        user.get(),
        yield* child,
        yield* scope(body(() => user.get())),
        yield* shield(body(() => user.get())),
        yield* timeout(
          1e6,
          body(() => user.get()),
        ),
        ...(yield* all([() => call(() => user.get()), body(() => user.get())])),
      ];
    });
    assert.deepEqual(seen, Array(7).fill("Ada"));
  });

  it("belongs to a task: neither its parent, nor siblings, nor earlier children see what it sets", async () => {
    const level = new ContextVariable("level", 0);
    const gate = new Manual<void>();
    const seen = await run(function* () {
      level.set(1);
      const earlier = yield* spawn(function* () {
        yield* gate;
        return level.get();
      });
      level.set(2);
      const later = yield* spawn(function* () {
        const before = level.get();
        level.set(3);
        yield* sleep(0);
        return [before, level.get()];
      });
      const fromLater = yield* later;
      gate.resolve();
      return [yield* earlier, fromLater, level.get()];
    });
    assert.deepEqual(seen, [1, [2, 3], 2]);
    assert.equal(level.get(), 0, "outside nothing was set");
  });

  it("has its default where nothing was set, even undefined, and throws where it has none", async () => {
    assert.equal(new ContextVariable("mode", "quiet").get(), "quiet");
    assert.equal(new ContextVariable<undefined>("nothing", undefined).get(), undefined);
    const port = new ContextVariable<number>("port");
    const expected = { code: "ERR_CONTEXT_NOT_SET", message: /port has no value here.*set it.*default/ };
    assert.throws(() => port.get(), expected);
    const task = run(body(() => port.get()));
    await assert.rejects(task.promise, expected);
  });

  it("can be set to undefined, which is not its default", async () => {
    const mode = new ContextVariable<string | undefined>("mode", "quiet");
    const seen = await run(
      body(() => {
        mode.set(undefined);
        return [mode.get()];
      }),
    );
    assert.deepEqual(seen, [undefined]);
  });

  it("cannot be set outside a coroutine", () => {
    assert.throws(() => new ContextVariable("user").set("Ada"), {
      code: "ERR_INVALID_STATE",
      message: /set by a task/,
    });
  });

  it("lives beside others", async () => {
    const [a, b] = [new ContextVariable("same name", "a"), new ContextVariable("same name", "b")];
    const seen = await run(function* () {
      a.set("A");
      return yield* b.with(
        "B",
        body(() => [a.get(), b.get()]),
      );
    });
    assert.deepEqual(seen, ["A", "B"]);
  });

  describe("with a value", () => {
    it("runs everything that can be waited for", async () => {
      const user = new ContextVariable("user", "nobody");
      for (const make of Object.values(waitables)) {
        assert.equal(await user.with("Ada", make("result")), "result");
        assert.equal(await run(() => user.with("Ada", make("result"))), "result");
      }
    });

    it("has it inside, with all below, and not outside", async () => {
      const user = new ContextVariable("user", "nobody");
      function* inside(): Coroutine<string[]> {
        yield* sleep(0);
        const child = yield* spawn(body(() => user.get()));
        return [user.get(), yield* child];
      }
      const seen = await run(function* () {
        const during = yield* user.with("Ada", inside);
        return [...during, user.get()];
      });
      assert.deepEqual(seen, ["Ada", "Ada", "nobody"]);
      assert.deepEqual(await user.with("Bob", inside()), ["Bob", "Bob"]);
      assert.equal(user.get(), "nobody");
    });

    for (const [what, wrong, message] of unwaitables) {
      it(`refuses ${what}`, () => {
        assert.throws(() => new ContextVariable("user").with("Ada", wrong as never), {
          code: "ERR_INVALID_ARG_TYPE",
          message,
        });
      });
    }
  });

  it("is seen by async functions that a task calls, across their awaits, and by trees started there", async () => {
    const user = new ContextVariable("user", "nobody");
    async function asynchronous(): Promise<string[]> {
      const seen = [user.get()];
      await delay(1);
      seen.push(user.get());
      await sleep(0);
      seen.push(user.get());
      seen.push(await run(() => scope(body(() => user.get()))));
      seen.push(await scope(body(() => user.get())));
      seen.push(await user.with("Bob", () => call(async () => user.get())));
      seen.push(user.get());
      return seen;
    }
    const seen = await run(function* () {
      user.set("Ada");
      return yield* call(asynchronous);
    });
    assert.deepEqual(seen, ["Ada", "Ada", "Ada", "Ada", "Ada", "Bob", "Ada"]);
    assert.deepEqual(await call(asynchronous), [...Array(5).fill("nobody"), "Bob", "nobody"]);
  });

  it("is seen in a tree that a task starts by run", async () => {
    const user = new ContextVariable("user", "nobody");
    const seen = await run(function* () {
      user.set("Ada");
      const other = run(function* () {
        yield* sleep(0);
        return user.get();
      });
      user.set("Bob");
      return yield* other;
    });
    assert.equal(seen, "Ada");
  });

  it("is seen in finally blocks", async () => {
    const user = new ContextVariable("user", "nobody");
    const seen: string[] = [];
    const task = run(function* () {
      user.set("Ada");
      try {
        yield* sleep(1e6);
      } finally {
        yield* sleep(0);
        seen.push(user.get());
      }
    });
    await turns();
    await task.cancel();
    assert.deepEqual(seen, ["Ada"]);
  });
});

for (const { model, works, reason } of probeModels()) {
  describe(`AsyncLocalStorage on ${model}`, { skip: works ? false : reason }, () => {
    const storage = new AsyncLocalStorage<string>();

    /** What each step of a tree sees, after each kind of wait. */
    function* steps(): Coroutine<(string | undefined)[]> {
      const seen = [storage.getStore()];
      yield* sleep(0);
      seen.push(storage.getStore());
      yield* sleep(2);
      seen.push(storage.getStore());
      yield* until(delay(1));
      seen.push(storage.getStore());
      seen.push(yield* yield* spawn(body(() => storage.getStore())));
      yield* new Instant(1);
      seen.push(storage.getStore());
      yield* call(async () => {
        await delay(1);
        seen.push(storage.getStore());
        await sleep(1);
        seen.push(storage.getStore());
      });
      yield* shield(function* () {
        yield* sleep(0);
        seen.push(storage.getStore());
      });
      return seen;
    }
    const STEPS = 9;

    it("shows a tree in each step what was stored where it was started", async () => {
      assert.deepEqual(await storage.run("here", () => run(steps, { model })), Array(STEPS).fill("here"));
    });

    it("shows each of many trees its own, whatever their turns", async () => {
      const names = Array.from({ length: 10 }, (_, i) => `tree ${i}`);
      const trees = names.map((name) => storage.run(name, () => run(steps, { model })));
      trees.push(run(steps, { model }));
      assert.deepEqual(await Promise.all(trees), [
        ...names.map((name) => Array(STEPS).fill(name)),
        Array(STEPS).fill(undefined),
      ]);
    });

    // In a process of its own, for node:test stores something of its own, so that nothing is outside.
    it("shows nothing to a tree that was started outside, though others ask for its turns", async () => {
      const { lines, stderr } = await runProgram(
        `import { AsyncLocalStorage } from "node:async_hooks";
        import { run, sleep, until } from "$src/task/index.js";
        const storage = new AsyncLocalStorage();
        const elsewhere = (work) => storage.run("elsewhere", work);
        const model = "${model}";
        let open;
        const gate = new Promise((resolve) => { open = resolve; });
        // Here the first turn is asked for, and the loop is made;
        elsewhere(() => run(() => sleep(1), { model }));
        const outside = run(function* () {
          const before = storage.getStore();
          yield* until(gate);
          const woken = storage.getStore();
          yield* sleep(1);
          return [before, woken, storage.getStore()];
        }, { model });
        // here the one in which the other tree is woken.
        setTimeout(() => elsewhere(open), 10);
        console.log(String(await outside));`,
      );
      assert.equal(stderr, "");
      assert.deepEqual(lines, [",,"]);
    });

    it("has a value in what runInStorage runs, and outside keeps what it had", async () => {
      const seen = await storage.run("outer", () =>
        run(
          function* () {
            const inside = yield* runInStorage(storage, "inner", steps);
            yield* sleep(0);
            return [inside, storage.getStore()];
          },
          { model },
        ),
      );
      assert.deepEqual(seen, [Array(STEPS).fill("inner"), "outer"]);
    });
  });
}

describe("AsyncLocalStorage in a program of its own", () => {
  it("shows a tree any value, be it a number or null", async () => {
    const { lines, stderr } = await runProgram(
      `import { AsyncLocalStorage } from "node:async_hooks";
      import { run, sleep } from "$src/task/index.js";
      const storage = new AsyncLocalStorage();
      const seen = [];
      for (const value of [7, 0, "", null, false, undefined, {}]) {
        const tree = storage.run(value, () => run(function* () {
          yield* sleep(1);
          return storage.getStore();
        }));
        seen.push(await tree);
      }
      console.log(JSON.stringify(seen));`,
    );
    assert.equal(stderr, "");
    assert.deepEqual(lines, ['[7,0,"",null,false,null,{}]']);
  });
});

describe("runInStorage", () => {
  const storage = new AsyncLocalStorage<string>();
  const store = () => storage.getStore();

  it("runs everything that can be waited for, in a coroutine and awaited", async () => {
    for (const make of Object.values(waitables)) {
      assert.equal(await runInStorage(storage, "inside", make("result")), "result");
      assert.equal(await run(() => runInStorage(storage, "inside", make("result"))), "result");
    }
    assert.equal(await runInStorage(storage, "inside", body(store)), "inside");
  });

  it("lets other storages and context variables be", async () => {
    const other = new AsyncLocalStorage<number>();
    const user = new ContextVariable("user", "nobody");
    const seen = await other.run(7, () =>
      run(function* () {
        user.set("Ada");
        return yield* runInStorage(storage, "inside", function* () {
          yield* sleep(0);
          const below = yield* user.with(
            "Bob",
            body(() => [store(), user.get()]),
          );
          return [store(), other.getStore(), user.get(), ...below];
        });
      }),
    );
    assert.deepEqual(seen, ["inside", 7, "Ada", "inside", "Bob"]);
  });

  it("can store undefined", async () => {
    const seen = await storage.run("outer", () =>
      run(() =>
        runInStorage(
          storage,
          undefined as never,
          body(() => [store()]),
        ),
      ),
    );
    assert.deepEqual(seen, [undefined]);
  });

  it("ends what is in it when it is cancelled, and throws its failures", async () => {
    const wait = new Manual<void>();
    const task = run(() => runInStorage(storage, "inside", wait));
    await turns();
    await task.cancel();
    assert.equal(wait.ends, 1);
    const failure = new Error("inside");
    const thrown = await run(() =>
      caught(
        runInStorage(
          storage,
          "inside",
          body(() => {
            throw failure;
          }),
        ),
      ),
    );
    assert.equal(thrown, failure);
  });

  for (const [what, wrong, message] of unwaitables) {
    it(`refuses ${what}`, () => {
      assert.throws(() => runInStorage(storage, "store", wrong as never), {
        code: "ERR_INVALID_ARG_TYPE",
        message,
      });
    });
  }
});
