import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { excludeFromMessage } from "../../../src/loop/message-clock.ts";
import { ReadyQueue, type Runnable } from "../../../src/loop/ready-queue.ts";
import { blockThread } from "../../support/settling.ts";
import { collectGarbage } from "../support/garbage.ts";
import { Random, seeds } from "../support/random.ts";

/** A runnable that notes its turn, and may do more. */
function noting(log: string[], name: string, more: () => void = () => {}): Runnable {
  return {
    run() {
      log.push(name);
      more();
    },
  };
}

describe("the ready queue", () => {
  it("is empty at first and after everything has run", () => {
    const queue = new ReadyQueue();
    assert.ok(queue.isEmpty);
    queue.push(noting([], "a"));
    assert.ok(!queue.isEmpty);
    queue.runBatch();
    assert.ok(queue.isEmpty);
    queue.runBatch();
    assert.ok(queue.isEmpty);
  });

  it("runs in the order of pushing", () => {
    const log: string[] = [];
    const queue = new ReadyQueue();
    for (const name of ["a", "b", "c"]) queue.push(noting(log, name));
    queue.runBatch();
    assert.deepEqual(log, ["a", "b", "c"]);
  });

  it("lets what becomes ready during a batch join it, behind what was there", () => {
    const queue = new ReadyQueue();
    // A machine that takes the processor away amid a batch makes it old, so there are several attempts.
    for (let attempts = 0; ; attempts++) {
      const log: string[] = [];
      queue.push(noting(log, "a", () => queue.push(noting(log, "c", () => queue.push(noting(log, "d"))))));
      queue.push(noting(log, "b"));
      queue.runBatch();
      if (queue.isEmpty || attempts === 20) {
        assert.deepEqual(log, ["a", "b", "c", "d"]);
        break;
      }
      while (!queue.isEmpty) queue.runBatch();
    }
  });

  it("ends a batch of tasks that keep each other busy", () => {
    const queue = new ReadyQueue();
    const forever: Runnable = { run: () => queue.push(forever) };
    queue.push(forever);
    queue.runBatch();
    assert.ok(!queue.isEmpty);
  });

  it("lets nothing join a batch that has taken its time", () => {
    const log: string[] = [];
    const queue = new ReadyQueue();
    queue.push(
      noting(log, "a", () => {
        queue.push(noting(log, "later"));
        blockThread(10);
      }),
    );
    queue.push(noting(log, "b"));
    queue.runBatch();
    assert.deepEqual(log, ["a", "b"]);
    queue.runBatch();
    assert.deepEqual(log, ["a", "b", "later"]);
  });

  it("counts for that also the time that is watched elsewhere", () => {
    const log: string[] = [];
    const queue = new ReadyQueue();
    queue.push(
      noting(log, "a", () => {
        queue.push(noting(log, "later"));
        blockThread(10);
        excludeFromMessage(10);
      }),
    );
    queue.runBatch();
    assert.deepEqual(log, ["a"]);
  });

  it("runs what was ready when the batch began, however much that is", () => {
    const log: string[] = [];
    const queue = new ReadyQueue();
    for (let i = 0; i < 10_000; i++) queue.push(noting(log, `${i}`));
    queue.runBatch();
    assert.equal(log.length, 10_000);
  });

  it("runs the rest of a batch after a runnable that throws, before what was pushed later", () => {
    const log: string[] = [];
    const queue = new ReadyQueue();
    const failure = new Error("the runnable's own");
    queue.push(noting(log, "a", () => queue.push(noting(log, "later"))));
    queue.push(
      noting(log, "b", () => {
        throw failure;
      }),
    );
    queue.push(noting(log, "c"));
    assert.throws(
      () => queue.runBatch(),
      (error) => error === failure,
    );
    assert.ok(!queue.isEmpty);
    queue.push(noting(log, "last"));
    queue.runBatch();
    assert.deepEqual(log, ["a", "b", "c", "later", "last"]);
    assert.ok(queue.isEmpty);
  });

  it("goes on after every runnable of a batch has thrown", () => {
    const log: string[] = [];
    const queue = new ReadyQueue();
    for (const name of ["a", "b", "c"]) {
      queue.push(
        noting(log, name, () => {
          throw new Error(name);
        }),
      );
    }
    for (const name of ["a", "b", "c"]) assert.throws(() => queue.runBatch(), { message: name });
    assert.ok(queue.isEmpty);
    assert.deepEqual(log, ["a", "b", "c"]);
  });

  it("runs the same runnable as often as it was pushed", () => {
    const log: string[] = [];
    const queue = new ReadyQueue();
    const runnable = noting(log, "a");
    queue.push(runnable);
    queue.push(runnable);
    queue.runBatch();
    assert.deepEqual(log, ["a", "a"]);
  });

  it("loses and repeats nothing, whatever is pushed and thrown when", (t) => {
    for (const seed of seeds()) {
      t.diagnostic(`seed ${seed}`);
      const random = new Random(seed);
      const queue = new ReadyQueue();
      const ran: number[] = [];
      let pushed = 0;
      const push = () => {
        const number = pushed++;
        queue.push({
          run() {
            ran.push(number);
            for (let i = random.below(3); i > 0 && pushed < 5000; i--) push();
            if (random.chance(0.1)) throw new Error("on purpose");
          },
        });
      };
      while (pushed < 5000 || !queue.isEmpty) {
        if (pushed < 5000) push();
        try {
          queue.runBatch();
        } catch (error) {
          assert.equal((error as Error).message, "on purpose");
        }
      }
      assert.deepEqual(
        ran,
        Array.from({ length: pushed }, (_, i) => i),
      );
    }
  });

  it("does not hold on to what has run", async () => {
    const queue = new ReadyQueue();
    const gone = new WeakRef(pushOne(queue));
    queue.runBatch();
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    assert.equal(gone.deref(), undefined);
  });
});

function pushOne(queue: ReadyQueue): Runnable {
  const runnable = noting([], "a");
  queue.push(runnable);
  return runnable;
}
