import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CancelledError, type Coroutine, run, sleep, spawn, type Task } from "../../../src/task/index.ts";
import { body, Instant, Manual, turns } from "../support/operations.ts";

describe("cancelling a task", () => {
  it("ends its wait, runs its finally blocks and then reports its end", async () => {
    const log: string[] = [];
    const wait = new Manual<void>();
    const task = run(function* () {
      try {
        yield* wait;
        log.push("not reached");
      } catch {
        log.push("not caught");
      } finally {
        log.push("finally");
      }
      log.push("not reached either");
    });
    await turns();
    await task.cancel();
    assert.equal(wait.ends, 1);
    assert.deepEqual(log, ["finally"]);
    assert.equal(task.state, "cancelled");
    await assert.rejects(async () => await task, { code: "ABORT_ERR" });
  });

  it("lets finally blocks wait, undisturbed", async () => {
    const cleanup = new Manual<string>();
    const log: string[] = [];
    const task = run(function* () {
      try {
        yield* sleep(1e6);
      } finally {
        log.push(yield* cleanup);
        log.push(yield* new Instant("at once"));
      }
    });
    await turns();
    const end = Promise.resolve(task.cancel());
    await turns();
    assert.equal(task.state, "running");
    task.cancel();
    await turns();
    assert.equal(cleanup.ends, 0, "a second cancellation changes nothing");
    cleanup.resolve("cleaned up");
    await end;
    assert.deepEqual(log, ["cleaned up", "at once"]);
    assert.equal(task.state, "cancelled");
  });

  it("before it has begun keeps it from beginning", async () => {
    let began = false;
    const task = run(function* () {
      began = true;
      yield* sleep(0);
    });
    await task.cancel();
    assert.equal(began, false);
    assert.equal(task.state, "cancelled");
  });

  it("that has ended changes nothing", async () => {
    const task = run(body(() => "done"));
    await task;
    await task.cancel();
    assert.equal(task.state, "succeeded");
    assert.equal(await task, "done");
  });

  it("need not be waited for", async () => {
    const task = run(function* () {
      yield* sleep(1e6);
    });
    await turns();
    task.cancel();
    await turns();
    assert.equal(task.state, "cancelled");
  });

  it("asks, and the operation answers: the task waits until it has", async () => {
    const slow = new Manual<string>(false);
    const log: string[] = [];
    const task = run(function* () {
      try {
        yield* slow;
      } finally {
        log.push("finally");
      }
    });
    await turns();
    task.cancel();
    await turns();
    assert.equal(slow.ends, 1);
    assert.deepEqual(log, [], "the finally block waits for the operation's end");
    assert.equal(task.state, "running");
    slow.reject(new CancelledError());
    await turns();
    assert.deepEqual(log, ["finally"]);
    assert.equal(task.state, "cancelled");
  });

  it("gives a result back that came all the same, once", async () => {
    const slow = new Manual<string>(false);
    const task = run(function* () {
      yield* slow;
    });
    await turns();
    task.cancel();
    slow.resolve("too late");
    await turns();
    assert.deepEqual(slow.givenBack, ["too late"]);
    assert.equal(task.state, "cancelled");
  });

  it("gives a result back that was there but had not been taken yet", async () => {
    const operation = new Manual<string>();
    const task = run(function* () {
      yield* operation;
    });
    await turns();
    operation.resolve("just in time");
    task.cancel();
    await turns();
    assert.deepEqual(operation.givenBack, ["just in time"]);
    assert.equal(operation.ends, 0);
    assert.equal(task.state, "cancelled");
  });

  it("gives a result back that the operation has at once", async () => {
    class Noting extends Instant<number> {
      readonly givenBack: number[] = [];
      protected override giveBack(value: number): void {
        this.givenBack.push(value);
      }
    }
    const operation = new Noting(5);
    let self: Task<void> | undefined;
    self = run(function* () {
      self!.cancel();
      yield* operation;
      assert.fail("a cancelled task went on");
    });
    await turns();
    assert.deepEqual(operation.givenBack, [5]);
  });

  it("by itself ends it at its next wait", async () => {
    const log: string[] = [];
    let self: Task<void> | undefined;
    self = run(function* () {
      try {
        self!.cancel();
        log.push("goes on");
        yield* sleep(1e6);
        log.push("not reached");
      } finally {
        log.push("finally");
      }
    });
    await turns();
    assert.deepEqual(log, ["goes on", "finally"]);
    assert.equal(self.state, "cancelled");
  });

  it("by itself has no effect if it does not wait any more", async () => {
    let self: Task<string> | undefined;
    self = run(
      body(() => {
        self!.cancel();
        return "finished";
      }),
    );
    await turns();
    assert.equal(self.state, "succeeded");
    assert.equal(await self, "finished");
  });

  it("cancels all below it at once, and each cleans up without waiting for the others", async () => {
    const begun: string[] = [];
    const ended: string[] = [];
    const gates: Manual<void>[] = [];
    function* node(name: string, depth: number): Coroutine<void> {
      try {
        if (depth > 0) yield* spawn(() => node(`${name}.1`, depth - 1));
        if (depth > 0) yield* spawn(() => node(`${name}.2`, depth - 1));
        yield* sleep(1e6);
      } finally {
        begun.push(name);
        const gate = new Manual<void>();
        gates.push(gate);
        yield* gate;
        ended.push(name);
      }
    }
    const task = run(() => node("0", 2));
    await turns(10);
    const end = Promise.resolve(task.cancel());
    await turns();
    assert.deepEqual(begun.sort(), ["0", "0.1", "0.1.1", "0.1.2", "0.2", "0.2.1", "0.2.2"]);
    assert.deepEqual(ended, []);
    for (const gate of gates) {
      assert.equal(task.state, "running");
      gate.resolve();
      await turns(1);
    }
    await end;
    assert.equal(ended.length, 7);
    assert.equal(task.state, "cancelled");
  });

  it("lets finally blocks spawn children and wait for them", async () => {
    let result: string | undefined;
    const task = run(function* () {
      try {
        yield* sleep(1e6);
      } finally {
        const child = yield* spawn(function* () {
          yield* sleep(1);
          return "cleaned up by a child";
        });
        result = yield* child;
      }
    });
    await turns();
    await task.cancel();
    assert.equal(result, "cleaned up by a child");
    assert.equal(task.state, "cancelled");
  });

  it("whose body has ended cancels the children that are left", async () => {
    const wait = new Manual<void>();
    const task = run(function* () {
      yield* spawn(function* () {
        yield* wait;
      });
    });
    await turns();
    await task.cancel();
    assert.equal(wait.ends, 1);
    assert.equal(task.state, "cancelled");
  });

  it("leaves alone what it only waits for", async () => {
    const gate = new Manual<string>();
    const other = run(function* () {
      return yield* gate;
    });
    const waiter = run(function* () {
      yield* other;
    });
    await turns();
    await waiter.cancel();
    assert.equal(waiter.state, "cancelled");
    assert.equal(other.state, "running");
    gate.resolve("unharmed");
    assert.equal(await other, "unharmed");
  });

  it("that waits for another's cancellation ends only that wait", async () => {
    const slow = new Manual<void>(false);
    const victim = run(function* () {
      yield* slow;
    });
    const waiter = run(function* () {
      yield* victim.cancel();
    });
    await turns();
    await waiter.cancel();
    assert.equal(waiter.state, "cancelled");
    assert.equal(victim.state, "running");
    slow.reject(new CancelledError());
    await turns();
    assert.equal(victim.state, "cancelled");
  });

  it("cancels what its finally blocks have spawned, when these end", async () => {
    const wait = new Manual<void>();
    const log: string[] = [];
    const task = run(function* () {
      try {
        yield* sleep(1e6);
      } finally {
        yield* spawn(function* () {
          log.push("spawned");
          yield* wait;
        });
        yield* sleep(0);
      }
    });
    await turns();
    await task.cancel();
    assert.deepEqual(log, ["spawned"]);
    assert.equal(wait.ends, 1);
  });

  it("whose finally block throws makes it fail with that", async () => {
    const task = run(function* () {
      try {
        yield* sleep(1e6);
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested
        throw new Error("in finally");
      }
    });
    await turns();
    const end = Promise.resolve(task.cancel());
    await assert.rejects(async () => await task, { message: "in finally" });
    await end;
    assert.equal(task.state, "failed");
  });

  it("can be waited for by several, in coroutines and in async functions", async () => {
    const task = run(function* () {
      try {
        yield* sleep(1e6);
      } finally {
        yield* sleep(0);
      }
    });
    await turns();
    await Promise.all([
      task.cancel(),
      task.cancel(),
      run(function* () {
        yield* task.cancel();
      }),
    ]);
    assert.equal(task.state, "cancelled");
  });

  it("ends ten thousand children", async () => {
    let finals = 0;
    const task = run(function* () {
      for (let i = 0; i < 10_000; i++) {
        yield* spawn(function* () {
          try {
            yield* sleep(1e6);
          } finally {
            finals++;
          }
        });
      }
      yield* sleep(1e6);
    });
    while (finals === 0 && task.state === "running") {
      await turns(20);
      await task.cancel();
    }
    assert.equal(task.state, "cancelled");
    assert.ok(finals > 0);
  });
});

describe("cancellation is a level:", () => {
  /** A task below another one, whose clean-up waits for each of some operations in turn. */
  function* nested(log: string[], cleanUp: Manual<void>[]): Coroutine<void> {
    try {
      yield* sleep(1e6);
    } finally {
      try {
        for (const [i, wait] of cleanUp.entries()) {
          yield* wait;
          log.push(`cleaned ${i}`);
        }
      } finally {
        log.push("end");
      }
    }
  }

  it("a task that catches errors cannot go on waiting", async () => {
    const log: string[] = [];
    const waits = [new Manual<void>(false), new Manual<void>(), new Manual<void>()];
    const task = run(function* () {
      for (const [i, wait] of waits.entries()) {
        try {
          yield* wait;
        } catch (error) {
          log.push(`${i} ${(error as Error).message}`);
        }
      }
      log.push("not reached");
    });
    await turns();
    task.cancel();
    waits[0]!.reject(new Error("fails as it ends"));
    await turns();
    assert.equal(task.state, "cancelled");
    assert.deepEqual(log, ["0 fails as it ends"]);
    assert.deepEqual(
      waits.map(({ begins, ends }) => [begins, ends]),
      [
        [1, 1],
        [1, 1],
        [0, 0],
      ],
    );
  });

  it("clean-up waits undisturbed, however often the task itself is cancelled", async () => {
    const log: string[] = [];
    const cleanUp = [new Manual<void>(), new Manual<void>()];
    const task = run(() => nested(log, cleanUp));
    await turns();
    task.cancel();
    for (const wait of cleanUp) {
      await turns();
      task.cancel();
      await turns();
      assert.equal(wait.ends, 0);
      wait.resolve();
    }
    await task.cancel();
    assert.deepEqual(log, ["cleaned 0", "cleaned 1", "end"]);
  });

  for (const [above, depth] of [
    ["the parent", 1],
    ["the root", 0],
  ] as const) {
    it(`clean-up is cut when ${above} is cancelled, too`, async () => {
      const log: string[] = [];
      const cleanUp = [new Manual<void>(), new Manual<void>()];
      const line: Task<void>[] = [];
      line.push(
        run(function* () {
          line.push(
            yield* spawn(function* () {
              line.push(yield* spawn(() => nested(log, cleanUp)));
              yield* sleep(1e6);
            }),
          );
          yield* sleep(1e6);
        }),
      );
      await turns();
      line[2]!.cancel();
      await turns();
      cleanUp[0]!.resolve();
      await turns();
      assert.deepEqual(log, ["cleaned 0"]);
      await line[depth]!.cancel();
      assert.deepEqual(log, ["cleaned 0", "end"]);
      assert.equal(cleanUp[1]!.ends, 1);
      assert.deepEqual(
        line.map(({ state }) => state),
        depth === 0 ? ["cancelled", "cancelled", "cancelled"] : ["running", "cancelled", "cancelled"],
      );
      await line[0]!.cancel();
    });
  }

  it("a cancellation of all from above lets all clean up undisturbed", async () => {
    const log: string[] = [];
    const cleanUp = [new Manual<void>()];
    const root = run(function* () {
      yield* spawn(() => nested(log, cleanUp));
      yield* sleep(1e6);
    });
    await turns();
    const end = Promise.resolve(root.cancel());
    await turns();
    assert.equal(cleanUp[0]!.ends, 0);
    cleanUp[0]!.resolve();
    await end;
    assert.deepEqual(log, ["cleaned 0", "end"]);
  });

  it("clean-up that a sibling's failure has begun is cut by a cancellation further up only", async () => {
    const log: string[] = [];
    const cleanUp = [new Manual<void>()];
    const bombs = [new Manual<void>(false), new Manual<void>(false)];
    let parent: Task<void> | undefined;
    const root = run(function* () {
      parent = yield* spawn(function* () {
        yield* spawn(() => nested(log, cleanUp));
        for (const bomb of bombs) {
          yield* spawn(function* () {
            yield* bomb;
          });
        }
      });
      yield* sleep(1e6);
    });
    await turns();
    bombs[0]!.reject(new Error("first"));
    await turns();
    bombs[1]!.reject(new Error("second"));
    parent!.cancel();
    await turns();
    assert.equal(cleanUp[0]!.ends, 0);
    const failure = assert.rejects(root.promise, { message: /2 failures/ });
    root.cancel();
    await failure;
    assert.deepEqual(log, ["end"]);
  });

  it("twice before its operation has ended asks that once, and the higher one counts", async () => {
    const slow = new Manual<void>(false);
    const cleanUp = new Manual<void>();
    let child: Task<void> | undefined;
    const root = run(function* () {
      child = yield* spawn(function* () {
        try {
          yield* slow;
        } finally {
          yield* cleanUp;
        }
      });
      yield* sleep(1e6);
    });
    await turns();
    child!.cancel();
    root.cancel();
    child!.cancel();
    assert.equal(slow.ends, 1);
    slow.resolve();
    await turns();
    assert.equal(cleanUp.begins, 1);
    root.cancel();
    await turns();
    assert.equal(cleanUp.ends, 0, "nobody above the root has cancelled");
    cleanUp.resolve();
    await root.cancel();
  });

  it("what a task spawns between its cancellation and its next wait never begins", async () => {
    let began = false;
    const children: Task<void>[] = [];
    let self: Task<void> | undefined;
    self = run(function* () {
      self!.cancel();
      for (let i = 0; i < 2; i++) {
        children.push(
          yield* spawn(
            body(() => {
              began = true;
            }),
          ),
        );
      }
      assert.fail("it went on after the first wait");
    });
    await turns();
    assert.equal(self.state, "cancelled");
    assert.equal(began, false);
  });

  it("a failure of what was waited for is told, and what is spawned in its catch is cancelled", async () => {
    let began = false;
    const slow = new Manual<void>(false);
    const log: string[] = [];
    const task = run(function* () {
      try {
        yield* slow;
      } catch {
        log.push("caught");
        spawn(
          body(() => {
            began = true;
          }),
        ).then(() => log.push("spawned"));
        yield* sleep(1e6);
      }
    });
    await turns();
    task.cancel();
    slow.reject(new Error("as it ends"));
    await turns();
    assert.equal(task.state, "cancelled");
    assert.deepEqual(log, ["caught", "spawned"]);
    assert.equal(began, false);
  });

  it("children clean up before their parents", async () => {
    const log: string[] = [];
    function* node(depth: number): Coroutine<void> {
      try {
        if (depth < 3) yield* spawn(() => node(depth + 1));
        yield* sleep(1e6);
      } finally {
        log.push(`depth ${depth}`);
      }
    }
    const root = run(() => node(0));
    await turns();
    await root.cancel();
    assert.deepEqual(log, ["depth 3", "depth 2", "depth 1", "depth 0"]);
  });

  it("a finally block that goes on in a loop goes on: that is the language's rule", async () => {
    const gate = new Manual<void>();
    const log: string[] = [];
    const task = run(function* () {
      for (const wait of [sleep(1e6), gate]) {
        try {
          yield* wait;
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested
          if (wait !== gate) continue;
        }
        log.push("through");
      }
    });
    await turns();
    task.cancel();
    await turns();
    gate.resolve();
    await task.cancel();
    assert.deepEqual(log, ["through"]);
    assert.equal(task.state, "cancelled");
  });
});
