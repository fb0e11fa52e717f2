import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  all,
  allSettled,
  CancelledError,
  type Operation,
  run,
  sleep,
  type Task,
  type Waitable,
} from "../../../src/task/index.ts";
import { body, caught, Instant, Manual, turns, unwaitables, waitables } from "../support/operations.ts";

/** Is refused when it begins. */
class Refused extends Manual<string> {
  protected override begin(): void {
    super.begin();
    throw new Error("refused");
  }
}

function manuals<T>(count: number, obedient = true): Manual<T>[] {
  return Array.from({ length: count }, () => new Manual<T>(obedient));
}

const ended = (operations: Manual<unknown>[]) => operations.map(({ ends }) => ends);
const begun = (operations: Manual<unknown>[]) => operations.map(({ begins }) => begins);

/** Both, as functions that give the values. */
const combinations: Record<string, (waitables: Iterable<Waitable<string>>) => Operation<unknown[]>> = {
  all: (waitables) => all(waitables),
  allSettled: (waitables) => allSettled(waitables),
};

for (const [name, combine] of Object.entries(combinations)) {
  const wrapped = (values: unknown[]) =>
    name === "all" ? values : values.map((value) => ({ status: "fulfilled", value }));

  describe(name, () => {
    it("gives the results in their places, whatever the order in which they come", async () => {
      const gates = manuals<string>(3);
      const task = run(() => combine(gates));
      await turns();
      assert.deepEqual(begun(gates), [1, 1, 1]);
      for (const i of [2, 0, 1]) {
        assert.equal(task.state, "running");
        gates[i]!.resolve(`result ${i}`);
        await turns();
      }
      assert.deepEqual(await task, wrapped(["result 0", "result 1", "result 2"]));
    });

    it("waits for everything that can be waited for, with yield* and with await", async () => {
      const make = () => Object.values(waitables).map((make) => make("same"));
      const expected = wrapped(make().map(() => "same"));
      assert.deepEqual(await combine(make()), expected);
      assert.deepEqual(await run(() => combine(make())), expected);
    });

    it("of nothing is an empty list, at once", async () => {
      assert.deepEqual(await combine([]), []);
      assert.deepEqual(await run(() => combine(new Set())), []);
    });

    it("gives undefined, too", async () => {
      assert.deepEqual(await combine([sleep(0) as never]), wrapped([undefined]));
    });

    for (const [what, wrong, message] of unwaitables) {
      it(`refuses ${what} among the others, and begins none`, async () => {
        const other = new Manual<string>();
        assert.throws(() => combine([other, wrong as never]), { code: "ERR_INVALID_ARG_TYPE", message });
        await turns();
        assert.equal(other.begins, 0);
      });
    }

    for (const isSettled of [false, true]) {
      const state = isSettled ? "whose results have come but were not taken" : "that wait";
      it(`is cancelled with its task: those ${state}, and gives back what they had`, async () => {
        const gates = manuals<string>(3);
        const task = run(() => combine(gates));
        await turns();
        gates[0]!.resolve("early");
        if (isSettled) for (const gate of gates.slice(1)) gate.resolve("late");
        await task.cancel();
        assert.deepEqual(ended(gates), isSettled ? [0, 0, 0] : [0, 1, 1]);
        assert.deepEqual(gates[0]!.givenBack, ["early"]);
        assert.deepEqual(gates[1]!.givenBack, isSettled ? ["late"] : []);
        assert.equal(task.state, "cancelled");
      });
    }

    it("gives a result back that comes after its cancellation", async () => {
      const gates = manuals<string>(2, false);
      const task = run(() => combine(gates));
      await turns();
      task.cancel();
      gates[0]!.resolve("all the same");
      gates[1]!.reject(new CancelledError());
      await turns();
      assert.deepEqual(gates[0]!.givenBack, ["all the same"]);
      assert.equal(task.state, "cancelled");
    });

    it("waits for all that it has cancelled", async () => {
      const gates = manuals<string>(2, false);
      const task = run(() => combine(gates));
      await turns();
      task.cancel();
      gates[0]!.reject(new CancelledError());
      await turns();
      assert.equal(task.state, "running");
      gates[1]!.reject(new CancelledError());
      await turns();
      assert.equal(task.state, "cancelled");
    });

    it("cancels its coroutines with their finally blocks, but only the waits for tasks", async () => {
      const log: string[] = [];
      const gate = new Manual<string>();
      const other = run(() => gate);
      const task = run(() =>
        combine([
          other,
          function* () {
            try {
              yield* sleep(1e6);
            } finally {
              log.push("finally");
            }
            return "never";
          },
        ]),
      );
      await turns();
      await task.cancel();
      assert.deepEqual(log, ["finally"]);
      assert.equal(other.state, "running");
      gate.resolve("unharmed");
      assert.equal(await other, "unharmed");
    });

    it("that is cancelled before it begins begins nothing", async () => {
      const gate = new Manual<string>();
      const task = run(() => combine([gate]));
      await task.cancel();
      assert.equal(gate.begins, 0);
    });

    it("can be used once, and so can its operations", async () => {
      const once = combine([new Instant("1")]);
      await once;
      await assert.rejects(async () => await once, { code: "ERR_INVALID_STATE" });
    });

    it("says what it waits for", () => {
      assert.match(combine([new Manual<string>(), new Instant("1")]).description, /of manual, instant/);
    });

    it("waits for thousands", async () => {
      const gates = manuals<string>(5000);
      const result = Promise.resolve(combine(gates));
      await turns();
      for (const [i, gate] of gates.entries()) gate.resolve(`${i}`);
      assert.equal((await result).length, 5000);
    });
  });
}

describe("all, when one fails,", () => {
  it("cancels the others, gives back what they had got, and throws the failure when they have ended", async () => {
    const gates = [...manuals<string>(3), new Manual<string>(false)];
    const failure = new Error("of the second");
    const task = run(function* () {
      return yield* caught(all(gates));
    });
    await turns();
    gates[0]!.resolve("had come");
    gates[1]!.reject(failure);
    await turns();
    assert.deepEqual(ended(gates), [0, 0, 1, 1]);
    assert.equal(task.state, "running");
    gates[3]!.resolve("came all the same");
    assert.equal(await task, failure);
    assert.deepEqual(
      gates.map(({ givenBack }) => givenBack),
      [["had come"], [], [], ["came all the same"]],
    );
  });

  it("gives back what it has got once, though the last of the others ends at once", async () => {
    const gates = manuals<string>(3);
    const task = run(function* () {
      return yield* caught(all(gates));
    });
    await turns();
    gates[0]!.resolve("had come");
    gates[1]!.reject(new Error("of the second"));
    await task;
    assert.deepEqual(gates[0]!.givenBack, ["had come"]);
  });

  it("at once, begins no more", async () => {
    const gates = manuals<string>(2);
    await assert.rejects(async () => await all([gates[0]!, new Refused(), gates[1]!]), {
      message: "refused",
    });
    assert.deepEqual(begun(gates), [1, 0]);
    assert.deepEqual(ended(gates), [1, 0]);
  });

  it("throws several failures as an AggregateError, in the order in which they happened", async () => {
    const gates = manuals<string>(3, false);
    const task = run(function* () {
      return yield* caught(all(gates));
    });
    await turns();
    for (const i of [2, 0]) gates[i]!.reject(new Error(`${i}`));
    gates[1]!.reject(new CancelledError());
    const error = await task;
    assert.ok(error instanceof AggregateError);
    assert.deepEqual(
      error.errors.map(({ message }) => message),
      ["2", "0"],
    );
    assert.match(error.message, /2 failures in all/);
  });

  it("runs the finally blocks of the others, whose failures count", async () => {
    const bomb = new Manual<string>();
    const task = run(function* () {
      return yield* caught(
        all([
          bomb,
          function* () {
            try {
              yield* sleep(1e6);
            } finally {
              yield* sleep(0);
              // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested
              throw new Error("of the clean-up");
            }
          },
        ]),
      );
    });
    await turns();
    bomb.reject(new Error("bomb"));
    const error = (await task) as AggregateError;
    assert.deepEqual(
      error.errors.map(({ message }) => message),
      ["bomb", "of the clean-up"],
    );
  });

  it("because a task that it waits for was cancelled, throws a CancelledError", async () => {
    const other = run(() => new Manual<string>());
    const task = run(function* () {
      return yield* caught(all([other, sleep(1e6)]));
    });
    await turns();
    other.cancel();
    const error = await task;
    assert.ok(error instanceof CancelledError);
  });

  it("tells of the failure although the task was cancelled in the meantime", async () => {
    const gates = manuals<string>(2, false);
    const task = run(() => all(gates));
    await turns();
    const failure = assert.rejects(task.promise, { message: "first" });
    gates[0]!.reject(new Error("first"));
    task.cancel();
    gates[1]!.reject(new CancelledError());
    await failure;
  });

  it("because an operation is used already, does not disturb whoever uses it", async () => {
    const shared = new Manual<string>();
    const owner = run(() => shared);
    await turns();
    await assert.rejects(async () => await all([sleep(1e6), shared]), { code: "ERR_INVALID_STATE" });
    await assert.rejects(async () => await all([shared, sleep(1e6)]), { code: "ERR_INVALID_STATE" });
    assert.equal(shared.ends, 0);
    shared.resolve("the owner's");
    assert.equal(await owner, "the owner's");
  });
});

describe("allSettled", () => {
  it("tells of successes and failures alike", async () => {
    const failure = new Error("of the second");
    const gates = manuals<string>(2);
    const other: Task<string> = run(() => new Manual<string>());
    const task = run(() => allSettled([...gates, new Refused(), other, body(() => "done")]));
    await turns();
    gates[1]!.reject(failure);
    other.cancel();
    await turns();
    assert.deepEqual(ended(gates), [0, 0], "a failure ends nothing");
    gates[0]!.resolve("fine");
    const [first, second, third, fourth, fifth] = await task;
    assert.deepEqual(first, { status: "fulfilled", value: "fine" });
    assert.deepEqual(second, { status: "rejected", reason: failure });
    assert.ok(third!.status === "rejected" && /refused/.test(String(third.reason)));
    assert.ok(fourth!.status === "rejected" && fourth.reason instanceof CancelledError);
    assert.deepEqual(fifth, { status: "fulfilled", value: "done" });
  });
});
