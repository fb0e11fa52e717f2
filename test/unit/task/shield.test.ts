import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  all,
  CancelledError,
  ContextVariable,
  type Coroutine,
  race,
  retry,
  run,
  scope,
  shield,
  sleep,
  spawn,
  type Task,
  timeout,
} from "../../../src/task/index.ts";
import {
  body,
  caught,
  Instant,
  Manual,
  noting,
  turns,
  unwaitables,
  waitables,
} from "../support/operations.ts";

describe("shield", () => {
  for (const [what, make] of Object.entries(waitables)) {
    it(`gives the result of ${what}`, async () => {
      assert.equal(
        await run(function* () {
          return yield* shield(make("result"));
        }),
        "result",
      );
      assert.equal(await shield(make("awaited")), "awaited");
    });
  }

  for (const [what, wrong, message] of unwaitables) {
    it(`refuses ${what}`, () => {
      assert.throws(() => shield(wrong as never), { code: "ERR_INVALID_ARG_TYPE", message });
    });
  }

  it("throws what it waits for throws", async () => {
    const failure = new Error("inside");
    const thrown = await run(function* () {
      return yield* caught(
        shield(
          body(() => {
            throw failure;
          }),
        ),
      );
    });
    assert.equal(thrown, failure);
  });

  it("keeps a cancellation from an operation, gives its result, and the next wait is where the task ends", async () => {
    const saving = new Manual<string>();
    const next = new Manual<void>();
    const log: string[] = [];
    const task = run(function* () {
      try {
        log.push(yield* shield(saving));
        yield* next;
        log.push("not reached");
      } finally {
        log.push("finally");
      }
    });
    await turns();
    task.cancel();
    await turns();
    assert.equal(saving.ends, 0);
    assert.equal(task.state, "running");
    saving.resolve("saved");
    await task.cancel();
    assert.deepEqual(log, ["saved", "finally"]);
    assert.deepEqual(saving.givenBack, []);
    assert.equal(next.ends, 1);
    assert.equal(task.state, "cancelled");
  });

  it("gives its error although the task was cancelled meanwhile, which may catch it", async () => {
    const saving = new Manual<void>();
    const log: string[] = [];
    const task = run(function* () {
      try {
        yield* shield(saving);
      } catch (error) {
        log.push((error as Error).message);
        yield* sleep(1e6);
      }
    });
    await turns();
    task.cancel();
    saving.reject(new Error("disk full"));
    await turns();
    assert.deepEqual(log, ["disk full"]);
    assert.equal(task.state, "cancelled");
  });

  it("lets a task that waits for nothing more succeed although it was cancelled", async () => {
    const saving = new Manual<string>();
    const task = run(function* () {
      return yield* shield(saving);
    });
    await turns();
    task.cancel();
    saving.resolve("saved");
    assert.equal(await task, "saved");
  });

  it("keeps a cancellation from a coroutine and all its children", async () => {
    const gates = [new Manual<string>(), new Manual<string>()];
    const log: string[] = [];
    const root = run(function* () {
      yield* spawn(function* () {
        yield* shield(function* () {
          yield* noting(log, "child", gates[0]!);
          log.push(`body got ${yield* gates[1]!}`);
        });
        log.push("after the shield");
        yield* sleep(1e6);
      });
    });
    await turns();
    const end = Promise.resolve(root.cancel());
    await turns();
    for (const gate of gates) {
      assert.equal(gate.ends, 0);
      gate.resolve("data");
      await turns();
    }
    await end;
    assert.deepEqual(log, ["child got data", "child ended", "body got data", "after the shield"]);
    assert.equal(root.state, "cancelled");
  });

  it("protects from a sibling's failure, too, which surfaces when it has finished", async () => {
    const bomb = new Manual<void>();
    const saving = new Manual<void>();
    const log: string[] = [];
    const root = run(function* () {
      yield* spawn(function* () {
        yield* shield(function* () {
          yield* saving;
          log.push("saved");
        });
      });
      yield* spawn(function* () {
        yield* bomb;
      });
    });
    await turns();
    const failure = assert.rejects(root.promise, { message: "bomb" });
    bomb.reject(new Error("bomb"));
    await turns();
    assert.equal(root.state, "running");
    saving.resolve();
    await failure;
    assert.deepEqual(log, ["saved"]);
  });

  it("does not keep what is in it from being cancelled from within", async () => {
    const log: string[] = [];
    await run(function* () {
      yield* shield(function* () {
        const child = yield* noting(log, "child", new Manual<void>());
        yield* sleep(0);
        yield* child.cancel();
        log.push("goes on");
      });
    });
    assert.deepEqual(log, ["child ended", "goes on"]);
  });

  it("begins although the task was cancelled before", async () => {
    const log: string[] = [];
    let self: Task<void> | undefined;
    self = run(function* () {
      self!.cancel();
      yield* shield(function* () {
        yield* sleep(0);
        log.push("shielded");
        const child: Task<string> = yield* spawn(body(() => "its child"));
        log.push(yield* child);
      });
      log.push("after it");
      yield* sleep(0);
      log.push("not reached");
    });
    await assert.rejects(self.promise, { code: "ABORT_ERR" });
    assert.deepEqual(log, ["shielded", "its child", "after it"]);
  });

  it("in clean-up finishes whatever is cancelled further up", async () => {
    const [unshielded, shielded] = [new Manual<void>(), new Manual<void>()];
    const log: string[] = [];
    let child: Task<void> | undefined;
    const root = run(function* () {
      child = yield* spawn(function* () {
        try {
          yield* sleep(1e6);
        } finally {
          try {
            yield* shield(shielded);
            log.push("shielded");
            yield* unshielded;
            log.push("not reached");
          } finally {
            log.push("end of clean-up");
          }
        }
      });
      yield* sleep(1e6);
    });
    await turns();
    child!.cancel();
    await turns();
    root.cancel();
    await turns();
    assert.equal(shielded.ends, 0);
    shielded.resolve();
    await root.cancel();
    assert.deepEqual(log, ["shielded", "end of clean-up"]);
    assert.equal(unshielded.begins, 1);
    assert.equal(unshielded.ends, 1);
  });

  it("in a time-out is waited for beyond the time, and its result is the result", async () => {
    const saving = new Manual<string>();
    const beyond = sleep(5);
    const task = run(function* () {
      return yield* timeout(1, shield(saving));
    });
    await turns();
    await beyond;
    assert.equal(saving.ends, 0);
    saving.resolve("saved");
    assert.equal(await task, "saved");
  });

  it("in a race is waited for although another has won", async () => {
    const slow = new Manual<string>();
    const task = run(function* () {
      return yield* race([shield(slow), new Instant("first")]);
    });
    await turns();
    assert.equal(task.state, "running");
    slow.resolve("second");
    assert.equal(await task, "first");
    assert.deepEqual(slow.givenBack, ["second"]);
  });

  it("in a race of a task that is cancelled finishes, and then the task ends", async () => {
    const slow = new Manual<string>();
    const task = run(function* (): Coroutine<void> {
      yield* race([shield(slow), sleep(1e6)]);
      assert.fail("a cancelled task went on");
    });
    await turns();
    task.cancel();
    await turns();
    assert.equal(slow.ends, 0);
    assert.equal(task.state, "running");
    slow.resolve("saved");
    await task.cancel();
    assert.deepEqual(slow.givenBack, ["saved"]);
    assert.equal(task.state, "cancelled");
  });

  it("around a task shields the wait: the task is still its parent's to cancel", async () => {
    const cleanUp = new Manual<void>();
    let outcome: unknown;
    const root = run(function* () {
      const child = yield* spawn(function* () {
        try {
          yield* sleep(1e6);
        } finally {
          yield* cleanUp;
        }
      });
      outcome = yield* caught(shield(child));
    });
    await turns();
    root.cancel();
    await turns();
    assert.equal(root.state, "running");
    cleanUp.resolve();
    await root.cancel();
    assert.ok(outcome instanceof CancelledError);
  });

  for (const [what, wrap] of [
    ["a scope", (work: () => Coroutine<void>) => scope(work)],
    ["a time-out", (work: () => Coroutine<void>) => timeout(1e6, work)],
    ["a combination", (work: () => Coroutine<void>) => all([work, sleep(0)])],
    ["tries", (work: () => Coroutine<void>) => retry(work)],
    ["a shield", (work: () => Coroutine<void>) => shield(work)],
    ["a context variable's value", (work: () => Coroutine<void>) => new ContextVariable("v").with(1, work)],
  ] as const) {
    it(`around ${what} shields the tasks in it`, async () => {
      const gate = new Manual<void>();
      let isDone = false;
      const task = run(function* () {
        yield* shield<unknown>(
          wrap(function* () {
            yield* gate;
            isDone = true;
          }),
        );
      });
      await turns();
      task.cancel();
      await turns();
      assert.equal(gate.ends, 0);
      gate.resolve();
      await task;
      assert.ok(isDone);
    });
  }

  it("of a scope that fails while the task is cancelled throws the failure", async () => {
    const gate = new Manual<void>();
    const task = run(function* () {
      yield* shield(
        scope(function* () {
          yield* gate;
        }),
      );
    });
    await turns();
    const failure = assert.rejects(task.promise, { message: "inside" });
    task.cancel();
    await turns();
    gate.reject(new Error("inside"));
    await failure;
  });

  it("can be used once", async () => {
    await run(function* () {
      const once = shield(new Instant(1));
      yield* once;
      assert.match(String(yield* caught(once)), /used already.*make a new one/);
    });
  });
});
