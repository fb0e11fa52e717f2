import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Coroutine, run, shield, sleep, spawn } from "../../../src/task/index.ts";
import { Manual, turns } from "../support/operations.ts";

/** A coroutine in coroutines, each of which notes what it does. */
function* nested(log: string[], depth: number, cleanUp: (depth: number) => Coroutine<void>): Coroutine<void> {
  try {
    if (depth === 0) yield* sleep(1e6);
    else yield* nested(log, depth - 1, cleanUp);
    log.push(`${depth} went on`);
  } catch {
    log.push(`${depth} caught`);
  } finally {
    log.push(`${depth} begins`);
    yield* cleanUp(depth);
    log.push(`${depth} ends`);
  }
  log.push(`${depth} goes on`);
  yield* sleep(1e6);
}

const ENDS_OF_4 = [0, 1, 2, 3].flatMap((depth) => [`${depth} begins`, `${depth} ends`]);

describe("a cancelled coroutine inside others", () => {
  it("whose finally block waits ends all of them, from the inside", async () => {
    const log: string[] = [];
    const task = run(() => nested(log, 3, () => sleep(0) as unknown as Coroutine<void>));
    await turns();
    await task.cancel();
    assert.deepEqual(log, ENDS_OF_4);
    assert.equal(task.state, "cancelled");
  });

  it("may wait in any of the finally blocks, and in coroutines that these call", async () => {
    for (let waiting = 0; waiting < 16; waiting++) {
      const log: string[] = [];
      function* cleanUp(depth: number): Coroutine<void> {
        if ((waiting & (1 << depth)) === 0) return;
        try {
          yield* sleep(0);
        } finally {
          yield* sleep(0);
        }
      }
      const task = run(() => nested(log, 3, cleanUp));
      await turns();
      await task.cancel();
      assert.deepEqual(log, ENDS_OF_4, `waiting ${waiting.toString(2)}`);
      assert.equal(task.state, "cancelled");
    }
  });

  it("may wait several times", async () => {
    const log: string[] = [];
    const task = run(() =>
      nested(log, 3, function* () {
        for (let i = 0; i < 3; i++) yield* sleep(0);
      }),
    );
    await turns();
    await task.cancel();
    assert.deepEqual(log, ENDS_OF_4);
  });

  it("whose finally block fails after a wait tells those around it, which may catch that", async () => {
    const log: string[] = [];
    function* inner(): Coroutine<void> {
      try {
        yield* sleep(1e6);
      } finally {
        yield* sleep(0);
        // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested
        throw new Error("no clean-up");
      }
    }
    const task = run(function* () {
      try {
        yield* inner();
      } catch (error) {
        log.push((error as Error).message);
        throw error;
      } finally {
        yield* sleep(0);
        log.push("outer");
      }
    });
    await turns();
    task.cancel();
    await assert.rejects(async () => await task, { message: "no clean-up" });
    assert.deepEqual(log, ["no clean-up", "outer"]);
    assert.equal(task.state, "failed");
  });

  it("is cut again in its finally block when a task further up is cancelled", async () => {
    const log: string[] = [];
    const stuck = new Manual<void>();
    const root = run(function* () {
      const child = yield* spawn(() =>
        nested(log, 2, function* (depth) {
          if (depth === 1) yield* stuck;
        }),
      );
      yield* sleep(1);
      child.cancel();
      yield* sleep(1e6);
    });
    while (stuck.begins === 0) await turns(1);
    assert.deepEqual(log, ["0 begins", "0 ends", "1 begins"]);
    await root.cancel();
    assert.equal(stuck.ends, 1);
    assert.deepEqual(log, ["0 begins", "0 ends", "1 begins", "2 begins", "2 ends"]);
    assert.equal(root.state, "cancelled");
  });

  it("finishes what it shields in its finally block, whoever is cancelled", async () => {
    const log: string[] = [];
    const gate = new Manual<void>();
    const root = run(function* () {
      const child = yield* spawn(() =>
        nested(log, 1, function* (depth) {
          if (depth === 0) yield* shield(gate);
        }),
      );
      yield* sleep(1);
      child.cancel();
      yield* sleep(1e6);
    });
    while (gate.begins === 0) await turns(1);
    const end = Promise.resolve(root.cancel());
    await turns();
    assert.deepEqual(log, ["0 begins"]);
    gate.resolve();
    await end;
    assert.deepEqual(log, ["0 begins", "0 ends", "1 begins", "1 ends"]);
  });

  it("leaves the language's own generators alone", async () => {
    const prototype = Object.getPrototypeOf(function* () {}).prototype;
    const native = prototype.return;
    const closed: string[] = [];
    function* numbers(): Generator<number> {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        closed.push("numbers");
      }
    }
    const task = run(function* () {
      try {
        yield* sleep(1e6);
      } finally {
        for (const number of numbers()) if (number === 3) break;
        yield* sleep(0);
        for (const number of numbers()) if (number === 3) break;
      }
    });
    await turns();
    await task.cancel();
    assert.deepEqual(closed, ["numbers", "numbers"]);
    assert.equal(prototype.return, native);
    assert.equal(task.state, "cancelled");
  });
});
