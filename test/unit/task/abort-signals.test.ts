import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { CancelledError, run, sleep, spawn, withSignal } from "../../../src/task/index.ts";
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

const listeners = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

describe("withSignal", () => {
  it("gives the result if the signal does not abort, and leaves it alone then", async () => {
    const { signal } = new AbortController();
    for (const make of Object.values(waitables)) {
      assert.equal(await withSignal(signal, make("fine")), "fine");
      assert.equal(await run(() => withSignal(signal, make("fine"))), "fine");
    }
    await assert.rejects(
      async () =>
        await withSignal(
          signal,
          body(() => {
            throw new Error("its own");
          }),
        ),
      { message: "its own" },
    );
    assert.equal(listeners(signal), 0);
  });

  it("cancels what it waits for when the signal aborts, and throws its reason when that has ended", async () => {
    const controller = new AbortController();
    const reason = new Error("the user has gone");
    const slow = new Manual<void>(false);
    const task = run(function* () {
      return yield* caught(withSignal(controller.signal, slow));
    });
    await turns();
    controller.abort(reason);
    await turns();
    assert.equal(slow.ends, 1);
    assert.equal(task.state, "running");
    slow.reject(new CancelledError());
    assert.equal(await task, reason);
  });

  it("throws an AbortError where no reason is given, as fetch does", async () => {
    const controller = new AbortController();
    const failure = assert.rejects(async () => await withSignal(controller.signal, sleep(1e6)), {
      name: "AbortError",
    });
    controller.abort();
    await failure;
  });

  it("begins nothing if the signal has aborted already", async () => {
    const wait = new Manual<void>();
    await assert.rejects(async () => await withSignal(AbortSignal.abort(new Error("before")), wait), {
      message: "before",
    });
    assert.equal(wait.begins, 0);
  });

  it("gives back what comes all the same", async () => {
    const controller = new AbortController();
    const slow = new Manual<string>(false);
    const task = run(function* () {
      return yield* caught(withSignal(controller.signal, slow));
    });
    await turns();
    controller.abort(new Error("stop"));
    slow.resolve("data");
    assert.match(String(await task), /stop/);
    assert.deepEqual(slow.givenBack, ["data"]);
  });

  it("tells of the abort and of a failure of the clean-up, both", async () => {
    const controller = new AbortController();
    const task = run(function* () {
      return yield* caught(
        withSignal(controller.signal, function* () {
          try {
            yield* sleep(1e6);
          } finally {
            // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested
            throw new Error("clean-up");
          }
        }),
      );
    });
    await turns();
    controller.abort(new Error("stop"));
    const error = await task;
    assert.ok(error instanceof AggregateError);
    assert.deepEqual(
      error.errors.map(({ message }) => message),
      ["stop", "clean-up"],
    );
  });

  it("is cancelled with its task, and leaves the signal alone then", async () => {
    const { signal } = new AbortController();
    const wait = new Manual<void>();
    const task = run(() => withSignal(signal, wait));
    await turns();
    assert.equal(listeners(signal), 1);
    await task.cancel();
    assert.equal(wait.ends, 1);
    assert.equal(listeners(signal), 0);
  });

  it("works with signals of Node's own time-outs", async () => {
    await assert.rejects(async () => await withSignal(AbortSignal.timeout(1), sleep(1e6)), {
      name: "TimeoutError",
    });
  });

  it("refuses what is no AbortSignal", () => {
    for (const wrong of [new AbortController(), undefined, 5]) {
      assert.throws(() => withSignal(wrong as never, sleep(1)), {
        code: "ERR_INVALID_ARG_TYPE",
        message: /withSignal\(\) takes an AbortSignal/,
      });
    }
  });

  for (const [what, wrong, message] of unwaitables) {
    it(`refuses ${what}`, () => {
      const { signal } = new AbortController();
      assert.throws(() => withSignal(signal, wrong as never), { code: "ERR_INVALID_ARG_TYPE", message });
    });
  }
});

describe("run with a signal", () => {
  it("cancels the tree when it aborts", async () => {
    const controller = new AbortController();
    const log: string[] = [];
    const task = run(
      function* () {
        yield* noting(log, "child", new Manual<void>());
        yield* sleep(1e6);
      },
      { signal: controller.signal },
    );
    await turns();
    controller.abort();
    await assert.rejects(task.promise, { code: "ABORT_ERR" });
    assert.deepEqual(log, ["child ended"]);
    assert.equal(task.state, "cancelled");
  });

  it("does not begin if it has aborted already", async () => {
    let began = false;
    const task = run(
      body(() => {
        began = true;
      }),
      { signal: AbortSignal.abort() },
    );
    await assert.rejects(task.promise, { code: "ABORT_ERR" });
    assert.equal(began, false);
  });

  it("lets the signal go when the tree has ended, and not before", async () => {
    const { signal } = new AbortController();
    const gate = new Manual<void>();
    const task = run(
      function* () {
        yield* spawn(() => gate);
      },
      { signal },
    );
    await turns();
    assert.equal(listeners(signal), 1);
    gate.resolve();
    await task;
    assert.equal(listeners(signal), 0);
    assert.equal(await run(() => new Instant("none"), {}), "none");
  });

  it("refuses what is no AbortSignal, and begins nothing", async () => {
    let began = false;
    const start = () =>
      run(
        body(() => {
          began = true;
        }),
        { signal: new AbortController() as never },
      );
    assert.throws(start, { code: "ERR_INVALID_ARG_TYPE", message: /run\(\) takes an AbortSignal/ });
    await turns();
    assert.equal(began, false);
  });
});
