import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  CancelledError,
  type Coroutine,
  type RetryOptions,
  retry,
  run,
  sleep,
  spawn,
  timeout,
} from "../../../src/task/index.ts";
import { body, caught, Instant, Manual, turns, unwaitables, waitables } from "../support/operations.ts";

/** Fails up to a try. */
function failingUntil(success: number, log: number[] = []) {
  return (attempt: number) =>
    body(() => {
      log.push(attempt);
      if (attempt < success) throw new Error(`try ${attempt}`);
      return `success at ${attempt}`;
    });
}

const quickly: RetryOptions = { delayMs: 0 };

describe("retry", () => {
  it("gives what the first try gives, which is made once", async () => {
    for (const make of Object.values(waitables)) {
      const attempts: number[] = [];
      const result = await retry((attempt) => {
        attempts.push(attempt);
        return make("fine");
      });
      assert.equal(result, "fine");
      assert.deepEqual(attempts, [1]);
    }
  });

  it("tries again until it succeeds, and counts the tries from 1", async () => {
    const log: number[] = [];
    assert.equal(await retry(failingUntil(4, log), { ...quickly, attempts: 10 }), "success at 4");
    assert.deepEqual(log, [1, 2, 3, 4]);
    assert.equal(await run(() => retry(failingUntil(2), quickly)), "success at 2");
  });

  it("throws the last error after three tries, or as many as it is told", async () => {
    for (const [attempts, message] of [
      [undefined, "try 3"],
      [1, "try 1"],
      [5, "try 5"],
    ] as const) {
      const options = attempts === undefined ? quickly : { ...quickly, attempts };
      await assert.rejects(async () => await retry(failingUntil(100), options), { message });
    }
  });

  it("asks whether to try again, with the error and the try", async () => {
    const asked: string[] = [];
    const options: RetryOptions = {
      ...quickly,
      attempts: 100,
      when: (error, attempt) => {
        asked.push(`${(error as Error).message} ${attempt}`);
        return attempt < 3;
      },
    };
    await assert.rejects(async () => await retry(failingUntil(100), options), { message: "try 3" });
    assert.deepEqual(asked, ["try 1 1", "try 2 2", "try 3 3"]);
  });

  it("makes pauses that grow up to a bound, and never shorter ones", async () => {
    const begun: number[] = [];
    const options = { attempts: 5, delayMs: 4, factor: 2, delayMsMax: 10, jitter: 0 };
    const failing = () =>
      body(() => {
        begun.push(performance.now());
        throw new Error("no");
      });
    await assert.rejects(async () => await retry(failing, options), { message: "no" });
    const pauses = begun.slice(1).map((time, i) => time - begun[i]!);
    for (const [i, least] of [4, 8, 10, 10].entries()) {
      assert.ok(pauses[i]! >= least, `pause ${i + 1} took ${pauses[i]} ms`);
    }
  });

  it("leaves a part of each pause to chance", async () => {
    const options = { attempts: 2, delayMs: 2, jitter: 0.5 };
    const begun: number[] = [];
    const failing = () =>
      body(() => {
        begun.push(performance.now());
        throw new Error("no");
      });
    for (let i = 0; i < 5; i++) await assert.rejects(async () => await retry(failing, options));
    for (let i = 0; i < 10; i += 2) assert.ok(begun[i + 1]! - begun[i]! >= 1);
  });

  it("throws at once what is no fault of the try", async () => {
    let tries = 0;
    for (const [, wrong, message] of unwaitables) {
      const make = () => {
        tries++;
        return wrong as never;
      };
      const expected = { code: "ERR_INVALID_ARG_TYPE", message };
      await assert.rejects(async () => await retry(make, { delayMs: 1e6 }), expected);
    }
    assert.equal(tries, unwaitables.length);
    const failing = () => {
      throw new Error("cannot be made");
    };
    await assert.rejects(async () => await retry(failing, { delayMs: 1e6 }), { message: "cannot be made" });
  });

  for (const [when, options] of [
    ["in a try", {}],
    ["in a pause", { delayMs: 1e6 }],
  ] as const) {
    it(`ends when it is cancelled ${when}`, async () => {
      const log: number[] = [];
      const gate = new Manual<string>();
      const make = (attempt: number) => {
        log.push(attempt);
        return gate;
      };
      const task = run(() => retry(make, options));
      await turns();
      if (when === "in a pause") gate.reject(new Error("fails"));
      await turns();
      await task.cancel();
      assert.equal(task.state, "cancelled");
      assert.deepEqual(log, [1]);
      assert.equal(gate.ends, when === "in a try" ? 1 : 0);
    });
  }

  it("tries what has timed out again, cleaned up", async () => {
    const log: string[] = [];
    const result = await retry(
      (attempt) =>
        // Longer than the moment in which a busy machine may keep the body from beginning.
        timeout(attempt === 1 ? 100 : 1e6, function* () {
          try {
            if (attempt === 1) yield* sleep(1e6);
            return `try ${attempt}`;
          } finally {
            log.push(`finally ${attempt}`);
          }
        }),
      quickly,
    );
    assert.equal(result, "try 2");
    assert.deepEqual(log, ["finally 1", "finally 2"]);
  });

  it("ends a try's children before the next", async () => {
    const log: string[] = [];
    function* attempt(number: number): Coroutine<string> {
      yield* spawn(function* () {
        try {
          yield* sleep(number === 1 ? 1e6 : 0);
        } finally {
          log.push(`child ${number}`);
        }
      });
      yield* sleep(0);
      log.push(`body ${number}`);
      if (number === 1) throw new Error("the first");
      return "done";
    }
    assert.equal(await retry((number) => attempt(number), quickly), "done");
    assert.deepEqual(log.slice(0, 2), ["body 1", "child 1"]);
  });

  it("tries again when what it waited for was cancelled by somebody else", async () => {
    const errors: unknown[] = [];
    const result = await retry(
      function* (attempt): Coroutine<string> {
        const child = yield* spawn(function* () {
          if (attempt === 1) yield* sleep(1e6);
          return "done";
        });
        yield* sleep(0);
        child.cancel();
        return yield* child;
      },
      { ...quickly, when: (error) => errors.push(error) > 0 },
    );
    assert.equal(result, "done");
    assert.ok(errors[0] instanceof CancelledError);
  });

  it("can be used once", async () => {
    await run(function* () {
      const once = retry(() => new Instant(1));
      yield* once;
      assert.match(String(yield* caught(once)), /used already/);
    });
  });

  it("refuses options out of range, and names the range", () => {
    const wrong: [RetryOptions, RegExp][] = [
      [{ attempts: 0 }, /attempts of 1 or more, not 0/],
      [{ attempts: Number.NaN }, /attempts of 1 or more, not NaN/],
      [{ delayMs: -1 }, /delayMs of 0 or more, not -1/],
      [{ factor: 0.5 }, /factor of 1 or more, not 0.5/],
      [{ delayMsMax: -1 }, /delayMsMax of 0 or more/],
      [{ jitter: 1.5 }, /jitter of 0 to 1, not 1.5/],
      [{ jitter: -0.1 }, /jitter of 0 to 1/],
    ];
    for (const [options, message] of wrong) {
      assert.throws(() => retry(failingUntil(1), options), { code: "ERR_OUT_OF_RANGE", message });
    }
  });

  it("refuses what is no function, for it could be tried only once", () => {
    for (const wrong of [sleep(1), Promise.resolve(), undefined]) {
      assert.throws(() => retry(wrong as never), {
        code: "ERR_INVALID_ARG_TYPE",
        message: /takes a function/,
      });
    }
  });
});
