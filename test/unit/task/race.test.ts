import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  any,
  CancelledError,
  type Operation,
  race,
  run,
  sleep,
  type Waitable,
} from "../../../src/task/index.ts";
import { body, caught, Instant, Manual, turns, unwaitables, waitables } from "../support/operations.ts";

function manuals<T>(count: number, obedient = true): Manual<T>[] {
  return Array.from({ length: count }, () => new Manual<T>(obedient));
}

const ended = (operations: Manual<unknown>[]) => operations.map(({ ends }) => ends);
const messagesOf = (error: unknown) => (error as AggregateError).errors.map(({ message }) => message);

const contests: Record<string, (waitables: Iterable<Waitable<string>>) => Operation<string>> = {
  race: (waitables) => race(waitables),
  any: (waitables) => any(waitables),
};

for (const [name, contest] of Object.entries(contests)) {
  describe(name, () => {
    it("gives the first result, and cancels the others", async () => {
      const gates = manuals<string>(3);
      const task = run(() => contest(gates));
      await turns();
      gates[1]!.resolve("first");
      assert.equal(await task, "first");
      assert.deepEqual(ended(gates), [1, 0, 1]);
      assert.deepEqual(gates[1]!.givenBack, []);
    });

    it("waits until the losers have ended, and gives back what they have got all the same", async () => {
      const gates = manuals<string>(3, false);
      const task = run(() => contest(gates));
      await turns();
      gates[0]!.resolve("first");
      await turns();
      assert.deepEqual(ended(gates), [0, 1, 1]);
      assert.equal(task.state, "running");
      gates[1]!.resolve("second");
      gates[2]!.reject(new CancelledError());
      assert.equal(await task, "first");
      assert.deepEqual(
        gates.map(({ givenBack }) => givenBack),
        [[], ["second"], []],
      );
    });

    it("waits for everything that can be waited for, with yield* and with await", async () => {
      for (const make of Object.values(waitables)) {
        assert.equal(await contest([make("it")]), "it");
        assert.equal(await run(() => contest([new Manual(), make("it"), new Manual()])), "it");
      }
    });

    it("begins no more when one has its result at once: the first in the list wins", async () => {
      const gates = manuals<string>(2);
      const winner = await contest([gates[0]!, new Instant("1"), new Instant("2"), gates[1]!]);
      assert.equal(winner, "1");
      assert.deepEqual(
        gates.map(({ begins, ends }) => [begins, ends]),
        [
          [1, 1],
          [0, 0],
        ],
      );
    });

    it("among several that come in one turn takes the first, and gives back the others'", async () => {
      const gates = manuals<string>(3);
      const task = run(() => contest(gates));
      await turns();
      for (const i of [2, 0, 1]) gates[i]!.resolve(`${i}`);
      assert.equal(await task, "2");
      assert.deepEqual(
        gates.map(({ begins, ends }) => [begins, ends]),
        [
          [1, 1],
          [1, 1],
          [1, 0],
        ],
      );
    });

    it("runs the finally blocks of losing coroutines before it ends, but lets tasks be", async () => {
      const log: string[] = [];
      const gate = new Manual<string>();
      const other = run(() => gate);
      const signal = new Manual<string>();
      const task = run(() =>
        contest([
          other,
          function* () {
            try {
              yield* sleep(1e6);
            } finally {
              yield* sleep(0);
              log.push("finally");
            }
            return "never";
          },
          signal,
        ]),
      );
      await turns();
      signal.resolve("go");
      assert.equal(await task, "go");
      assert.deepEqual(log, ["finally"]);
      assert.equal(other.state, "running");
      gate.resolve("unharmed");
      assert.equal(await other, "unharmed");
    });

    it("is cancelled with its task", async () => {
      const gates = manuals<string>(2);
      const task = run(() => contest(gates));
      await turns();
      await task.cancel();
      assert.deepEqual(ended(gates), [1, 1]);
      assert.equal(task.state, "cancelled");
    });

    it("gives the winner's result back if the task is cancelled before it takes it", async () => {
      const gates = manuals<string>(2);
      const task = run(() => contest(gates));
      await turns();
      gates[1]!.resolve("first");
      await task.cancel();
      assert.deepEqual(gates[1]!.givenBack, ["first"]);
      assert.equal(task.state, "cancelled");
    });

    it("gives results back that come after the task was cancelled", async () => {
      const gates = manuals<string>(2, false);
      const task = run(() => contest(gates));
      await turns();
      task.cancel();
      for (const [i, gate] of gates.entries()) gate.resolve(`${i}`);
      await turns();
      assert.deepEqual(
        gates.map(({ givenBack }) => givenBack),
        [["0"], ["1"]],
      );
      assert.equal(task.state, "cancelled");
    });

    for (const [what, wrong, message] of unwaitables) {
      it(`refuses ${what}`, () => {
        assert.throws(() => contest([new Instant("1"), wrong as never]), {
          code: "ERR_INVALID_ARG_TYPE",
          message,
        });
      });
    }

    it("does not end what somebody else waits for", async () => {
      const shared = new Manual<string>();
      const owner = run(() => shared);
      await turns();
      await contest([sleep(0) as never, shared]).then(
        () => {},
        () => {},
      );
      assert.equal(shared.ends, 0);
      shared.resolve("the owner's");
      assert.equal(await owner, "the owner's");
    });

    it("can be used once", async () => {
      const once = contest([new Instant("1")]);
      await once;
      await assert.rejects(async () => await once, { code: "ERR_INVALID_STATE" });
    });
  });
}

describe("race", () => {
  it("throws the first failure, and cancels the others", async () => {
    const gates = manuals<string>(2);
    const failure = new Error("first");
    const task = run(function* () {
      return yield* caught(race(gates));
    });
    await turns();
    gates[0]!.reject(failure);
    assert.equal(await task, failure);
    assert.deepEqual(ended(gates), [0, 1]);
  });

  it("throws the failure of a loser that was cancelled, and gives back what the winner had", async () => {
    const gates = manuals<string>(2, false);
    const task = run(function* () {
      return yield* caught(race(gates));
    });
    await turns();
    gates[0]!.resolve("first");
    gates[1]!.reject(new Error("while it ended"));
    assert.match(String(await task), /while it ended/);
    assert.deepEqual(gates[0]!.givenBack, ["first"]);
  });

  it("throws several failures as an AggregateError", async () => {
    const gates = manuals<string>(3, false);
    const task = run(function* () {
      return yield* caught(race(gates));
    });
    await turns();
    for (const i of [1, 2]) gates[i]!.reject(new Error(`${i}`));
    gates[0]!.reject(new CancelledError());
    const error = await task;
    assert.ok(error instanceof AggregateError);
    assert.deepEqual(messagesOf(error), ["1", "2"]);
  });

  it("among nothing is refused at once, for it would never end", () => {
    assert.throws(() => race([]), { code: "ERR_INVALID_ARG_VALUE", message: /one or more/ });
  });
});

describe("any", () => {
  it("passes over failures while one may still succeed", async () => {
    const gates = manuals<string>(3);
    const task = run(() => any(gates));
    await turns();
    gates[0]!.reject(new Error("first"));
    await turns();
    assert.deepEqual(ended(gates), [0, 0, 0]);
    gates[2]!.resolve("success");
    assert.equal(await task, "success");
    assert.deepEqual(ended(gates), [0, 1, 0]);
  });

  it("throws an AggregateError of all failures, in their order, if there is no success", async () => {
    const gates = manuals<string>(2);
    const task = run(function* () {
      return yield* caught(
        any([
          ...gates,
          body((): string => {
            throw new Error("at once");
          }),
        ]),
      );
    });
    await turns();
    for (const i of [1, 0]) gates[i]!.reject(new Error(`${i}`));
    const error = await task;
    assert.ok(error instanceof AggregateError);
    assert.deepEqual(messagesOf(error), ["at once", "1", "0"]);
    assert.equal(error.message, "All 3 failed");
  });

  it("of nothing fails, as nothing has succeeded", async () => {
    await assert.rejects(async () => await any([]), { name: "AggregateError", message: "All 0 failed" });
  });

  it("that is cancelled after a failure is a cancellation, not a failure", async () => {
    const gates = manuals<string>(2);
    const task = run(() => any(gates));
    await turns();
    gates[0]!.reject(new Error("first"));
    await task.cancel();
    assert.equal(task.state, "cancelled");
  });

  it("counts a task that was cancelled as a failure", async () => {
    const other = run(() => new Manual<string>());
    const gate = new Manual<string>();
    const task = run(() => any([other, gate]));
    await turns();
    other.cancel();
    await turns();
    gate.resolve("success");
    assert.equal(await task, "success");
  });
});
