import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CancelledError, type Coroutine, run, sleep, spawn, type Task } from "../../../src/task/index.ts";
import { body, Manual, noting, turns } from "../support/operations.ts";

function* failing(message: string, delay?: number): Coroutine<never> {
  if (delay !== undefined) yield* sleep(delay);
  throw new Error(message);
}

/** The errors' messages; one error is a list of one. */
function messagesOf(error: unknown): string[] {
  return error instanceof AggregateError ? error.errors.flatMap(messagesOf) : [(error as Error).message];
}

async function failureOf(task: Task<unknown>): Promise<unknown> {
  return task.then(
    () => assert.fail("the task succeeded"),
    (error: unknown) => error,
  );
}

describe("a child's failure", () => {
  it("is the parent's failure, the very same error", async () => {
    const failure = new Error("the child's");
    const parent = run(function* () {
      yield* spawn(
        body(() => {
          throw failure;
        }),
      );
      yield* sleep(1e6);
    });
    assert.equal(await failureOf(parent), failure);
    assert.equal(parent.state, "failed");
  });

  it("cancels the siblings and the parent's body, whose finally blocks run", async () => {
    const log: string[] = [];
    const waits = [new Manual<void>(), new Manual<void>(), new Manual<void>()];
    const bomb = new Manual<void>();
    let siblings: Task<unknown>[] = [];
    const parent = run(function* () {
      siblings = [yield* noting(log, "a", waits[0]!), yield* noting(log, "b", waits[1]!)];
      yield* spawn(function* () {
        yield* bomb;
      });
      try {
        yield* waits[2]!;
      } finally {
        log.push("parent ended");
      }
    });
    await turns();
    bomb.reject(new Error("bomb"));
    assert.deepEqual(messagesOf(await failureOf(parent)), ["bomb"]);
    assert.deepEqual(log.sort(), ["a ended", "b ended", "parent ended"]);
    assert.deepEqual(
      waits.map(({ ends }) => ends),
      [1, 1, 1],
    );
    assert.deepEqual(
      siblings.map(({ state }) => state),
      ["cancelled", "cancelled"],
    );
  });

  it("goes to whoever waits for the child, and then nobody else is disturbed", async () => {
    const log: string[] = [];
    const sibling = new Manual<string>();
    const bomb = new Manual<void>();
    const parent = run(function* () {
      yield* noting(log, "sibling", sibling);
      const child = yield* spawn(function* () {
        yield* bomb;
      });
      try {
        yield* child;
      } catch (error) {
        log.push(`parent caught ${(error as Error).message}`);
      }
      assert.equal(child.state, "failed");
      return "fine";
    });
    await turns();
    bomb.reject(new Error("bomb"));
    await turns();
    sibling.resolve("its turn");
    assert.equal(await parent, "fine");
    assert.deepEqual(log, ["parent caught bomb", "sibling got its turn", "sibling ended"]);
  });

  it("surfaces in the parent when whoever waited for the child was cancelled before", async () => {
    const bomb = new Manual<void>(false);
    const parent = run(function* () {
      const child = yield* spawn(function* () {
        yield* bomb;
      });
      const joiner = yield* spawn(function* () {
        yield* child;
      });
      yield* sleep(0);
      yield* sleep(0);
      yield* joiner.cancel();
      bomb.reject(new Error("after the joiner"));
      yield* sleep(1e6);
    });
    assert.deepEqual(messagesOf(await failureOf(parent)), ["after the joiner"]);
  });

  it("goes up through all ancestors that do not wait", async () => {
    const root = run(function* () {
      yield* spawn(function* () {
        yield* spawn(function* () {
          yield* spawn(() => failing("deep down", 0));
          yield* sleep(1e6);
        });
        yield* sleep(1e6);
      });
      yield* sleep(1e6);
    });
    assert.deepEqual(messagesOf(await failureOf(root)), ["deep down"]);
  });

  it("comes up although the body has ended already", async () => {
    const gate = new Manual<void>();
    const root = run(function* () {
      yield* spawn(function* () {
        yield* gate;
      });
      return "done";
    });
    await turns();
    gate.reject(new Error("late"));
    assert.deepEqual(messagesOf(await failureOf(root)), ["late"]);
  });

  it("that happened before anybody waits is told to those who ask later, too", async () => {
    let child: Task<never> | undefined;
    const root = run(function* () {
      child = yield* spawn(() => failing("early"));
      yield* sleep(1e6);
    });
    assert.deepEqual(messagesOf(await failureOf(root)), ["early"]);
    assert.deepEqual(messagesOf(await failureOf(child!)), ["early"]);
  });
});

describe("several failures", () => {
  it("come up together as an AggregateError, in the order in which they happened", async () => {
    const gates = [new Manual<void>(), new Manual<void>(), new Manual<void>()];
    const root = run(function* trouble() {
      for (const gate of gates) {
        yield* spawn(function* () {
          try {
            yield* sleep(1e6);
          } finally {
            yield* gate;
          }
        });
      }
      yield* sleep(0);
      throw new Error("body");
    });
    const failure = failureOf(root);
    while (gates.some(({ begins }) => begins === 0)) await turns(1);
    for (const i of [1, 2, 0]) {
      gates[i]!.reject(new Error(`child ${i}`));
      await turns();
    }
    const error = await failure;
    assert.ok(error instanceof AggregateError);
    assert.deepEqual(messagesOf(error), ["body", "child 1", "child 2", "child 0"]);
    assert.match(error.message, /trouble/);
  });

  it("include those of finally blocks that run because of the first", async () => {
    const log: string[] = [];
    const root = run(function* () {
      yield* spawn(function* () {
        try {
          yield* sleep(1e6);
        } finally {
          log.push("cleaning");
          yield* sleep(0);
          yield* failing("while cleaning up");
        }
      });
      yield* sleep(0);
      throw new Error("first");
    });
    const error = await failureOf(root);
    assert.deepEqual(messagesOf(error), ["first", "while cleaning up"]);
    assert.deepEqual(log, ["cleaning"]);
  });

  it("do not include the cancellations that the first causes", async () => {
    const root = run(function* () {
      for (let i = 0; i < 10; i++) yield* spawn(() => sleep(1e6));
      for (let i = 0; i < 10; i++) {
        yield* spawn(function* () {
          yield* sleep(1e6);
        });
      }
      yield* spawn(() => failing("the one", 0));
    });
    const error = await failureOf(root);
    assert.deepEqual(messagesOf(error), ["the one"]);
  });

  it("lose none, although the parent is about to take one of them when the other cancels it", async () => {
    const [joined, other] = [new Manual<void>(false), new Manual<void>(false)];
    const root = run(function* () {
      const child = yield* spawn(function* () {
        yield* joined;
      });
      yield* spawn(function* () {
        yield* other;
      });
      yield* child;
    });
    await turns();
    joined.reject(new Error("joined"));
    other.reject(new Error("other"));
    assert.deepEqual(messagesOf(await failureOf(root)).sort(), ["joined", "other"]);
  });

  it("lose none, although the parent is cancelled when it is about to take one", async () => {
    const [gate, signal] = [new Manual<void>(false), new Manual<void>()];
    const root = run(function* () {
      const child = yield* spawn(function* () {
        yield* gate;
      });
      yield* child;
    });
    run(function* () {
      yield* signal;
      root.cancel();
    });
    await turns();
    // In one batch: the child ends, so that its failure is on its way to the parent's body, which is then cancelled.
    gate.reject(new Error("at the same time"));
    signal.resolve();
    assert.deepEqual(messagesOf(await failureOf(root)), ["at the same time"]);
  });
});

describe("a body's failure", () => {
  it("cancels its children and waits for their end", async () => {
    const log: string[] = [];
    let child: Task<void> | undefined;
    const root = run(function* () {
      child = yield* spawn(function* () {
        try {
          yield* sleep(1e6);
        } finally {
          yield* sleep(5);
          log.push("cleaned");
        }
      });
      yield* sleep(0);
      throw new Error("the body's");
    });
    assert.deepEqual(messagesOf(await failureOf(root)), ["the body's"]);
    assert.deepEqual(log, ["cleaned"]);
    assert.equal(child!.state, "cancelled");
  });

  it("cancels children that have not begun, which then never do", async () => {
    let began = false;
    const root = run(function* (): Coroutine<void> {
      yield* spawn(
        body(() => {
          began = true;
        }),
      );
      throw new Error("at once");
    });
    assert.deepEqual(messagesOf(await failureOf(root)), ["at once"]);
    assert.equal(began, false);
  });

  it("is the program's to catch inside", async () => {
    const log: string[] = [];
    await run(function* () {
      try {
        yield* failing("caught", 0);
      } catch (error) {
        log.push((error as Error).message);
      } finally {
        yield* sleep(0);
        log.push("finally");
      }
    });
    assert.deepEqual(log, ["caught", "finally"]);
  });
});

describe("a cancelled task", () => {
  it("is a CancelledError for those who wait, with the task's name, which they may catch", async () => {
    await run(function* () {
      const child = yield* spawn(
        function* () {
          yield* sleep(1e6);
        },
        { name: "sleeper" },
      );
      yield* sleep(0);
      child.cancel();
      try {
        yield* child;
        assert.fail("a cancelled task gave a result");
      } catch (error) {
        assert.ok(error instanceof CancelledError);
        assert.equal(error.code, "ABORT_ERR");
        assert.equal(error.name, "CancelledError");
        assert.match(error.message, /sleeper/);
      }
    });
  });

  it("is no failure of its parent", async () => {
    const parent = run(function* () {
      const child = yield* spawn(function* () {
        yield* sleep(1e6);
      });
      yield* sleep(0);
      yield* child.cancel();
      return "unharmed";
    });
    assert.equal(await parent, "unharmed");
  });
});
