import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkConcurrency, concurrently } from "../../../src/fs/concurrently.ts";
import { Operation, run, sleep, spawn } from "../../../src/index.ts";

/** Counts who is at work. */
class Crowd {
  present = 0;
  most = 0;

  *visit(n: number, failing = -1) {
    this.present++;
    this.most = Math.max(this.most, this.present);
    try {
      // Later ones are done sooner.
      yield* sleep(5 - (n % 5));
      if (n === failing) throw new Error(`number ${n}`);
      return n * n;
    } finally {
      this.present--;
    }
  }
}

/** An operation that a coroutine does, as those of files are. */
class Visit extends Operation<number> {
  readonly #crowd: Crowd;
  readonly #n: number;
  readonly #failing: number;
  #task: ReturnType<typeof run<number>> | undefined;

  constructor(crowd: Crowd, n: number, failing = -1) {
    super();
    this.#crowd = crowd;
    this.#n = n;
    this.#failing = failing;
  }

  protected override begin(): void {
    this.#task = run(() => this.#crowd.visit(this.#n, this.#failing));
    this.#task.then(
      (result) => this.succeed(result),
      (error: unknown) => this.fail(error),
    );
  }

  protected override end(): void {
    this.#task!.cancel();
  }
}

const items = Array.from({ length: 50 }, (_, i) => i);

describe("doing the same with many, several at once", () => {
  it("gives the results in the order of the items, and is never more than it may be", async () => {
    for (const concurrency of [1, 3, 50, 100]) {
      const crowd = new Crowd();
      const results = await run(() => concurrently(items, concurrency, (n) => new Visit(crowd, n)));
      assert.deepEqual(
        results,
        items.map((n) => n * n),
      );
      assert.equal(crowd.most, Math.min(concurrency, 50));
    }
    assert.deepEqual(await run(() => concurrently([], 3, (n: number) => new Visit(new Crowd(), n))), []);
  });

  it("ends all others when one fails, before it tells", async () => {
    const crowd = new Crowd();
    await assert.rejects(async () => run(() => concurrently(items, 8, (n) => new Visit(crowd, n, 20))), {
      message: "number 20",
    });
    assert.equal(crowd.present, 0);
  });

  it("ends all when it is cancelled", async () => {
    const crowd = new Crowd();
    await run(function* () {
      const task = yield* spawn(() => concurrently(items, 8, (n) => new Visit(crowd, n)));
      yield* sleep(2);
      assert.ok(crowd.present > 0);
      yield* task.cancel();
      assert.equal(crowd.present, 0);
      assert.equal(task.state, "cancelled");
    });
  });

  it("takes a whole number, 1 or more", () => {
    assert.equal(checkConcurrency(1), 1);
    for (const wrong of [0, -1, 0.5, Number.NaN]) {
      assert.throws(() => checkConcurrency(wrong), { code: "ERR_OUT_OF_RANGE" });
    }
  });
});
