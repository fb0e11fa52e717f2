import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buffer, into, map, pipe, type Sink } from "../../../src/stream/index.ts";
import { type Operation, run, sleep, Task } from "../../../src/task/index.ts";
import { Feed, numbers } from "../support/feed.ts";
import { Instant, Manual, turns } from "../support/operations.ts";

/** What a channel is to a pipe: takes an item when the test says so, if it is slow. */
class Box<T> {
  readonly sent: T[] = [];
  readonly log: string[] = [];
  private readonly slow: boolean;
  taking: Manual<void> | null = null;

  constructor(slow = false) {
    this.slow = slow;
  }

  send(item: T): Operation<void> {
    this.sent.push(item);
    this.taking = this.slow ? new Manual<void>() : null;
    return this.taking ?? new Instant(undefined);
  }

  close(): void {
    this.log.push("closed");
  }

  fail(error: unknown): void {
    this.log.push(`failed: ${(error as Error).message}`);
  }
}

describe("into()", () => {
  it("does nothing before it is waited for", async () => {
    const feed = new Feed(1);
    pipe(feed, into(new Box<number>()));
    await turns();
    assert.equal(feed.taken, 0);
  });

  it("calls a function with each item", async () => {
    const log: number[] = [];
    await pipe(
      numbers(3),
      into((n) => {
        log.push(n);
      }),
    );
    assert.deepEqual(log, numbers(3));
  });

  it("calls a generator function or an async function with one item at a time", async () => {
    const log: string[] = [];
    await pipe(
      numbers(2),
      into(function* (n) {
        log.push(`begin ${n}`);
        yield* sleep(0);
        log.push(`end ${n}`);
      }),
    );
    await pipe(
      [3],
      into(async (n) => {
        await turns(1);
        log.push(`end ${n}`);
      }),
    );
    assert.deepEqual(log, ["begin 1", "end 1", "begin 2", "end 2", "end 3"]);
  });

  it("sends into a channel, and closes it", async () => {
    const box = new Box<number>();
    await pipe(numbers(3), into(box));
    assert.deepEqual(box.sent, [1, 2, 3]);
    assert.deepEqual(box.log, ["closed"]);
  });

  it("leaves the sink open if it is told so, whatever happens", async () => {
    const box = new Box<number>();
    await pipe(numbers(3), into(box, { end: false }));
    await assert.rejects(async () => {
      await pipe(new Feed(4).fail(new Error("of the source")), into(box, { end: false }));
    }, /of the source/);
    assert.deepEqual(box.sent, [1, 2, 3, 4]);
    assert.deepEqual(box.log, []);
  });

  it("takes an item only when the sink has taken the one before", async () => {
    const box = new Box<number>(true);
    const feed = new Feed(...numbers(3)).end();
    const task = run(() => pipe(feed, into(box)));
    for (const n of numbers(3)) {
      while (box.sent.length < n) await turns(1);
      await turns();
      assert.equal(feed.taken, n);
      box.taking!.resolve();
    }
    await task;
  });

  it("tells the sink what the source has failed with", async () => {
    const box = new Box<number>();
    const error = new Error("of the source");
    await assert.rejects(run(() => pipe(new Feed(1).fail(error), into(box))).promise, error);
    assert.deepEqual(box.log, ["failed: of the source"]);
  });

  it("closes the source when the sink fails", async () => {
    const feed = new Feed(1, 2);
    const failing = pipe(
      feed,
      into(() => {
        throw new Error("disk full");
      }),
    );
    await assert.rejects(async () => await failing, /disk full/);
    assert.equal(feed.closed, 1);
    assert.equal(feed.taken, 1);
  });

  it("closes the source and aborts the sink when its task is cancelled, before the task has ended", async () => {
    const feed = new Feed(1);
    const box = new Box<number>();
    const task = run(() => pipe(feed, into(box)));
    while (box.sent.length < 1 || !feed.isAwaited) await turns(1);
    await task.cancel();
    assert.equal(feed.closed, 1);
    assert.equal(feed.isAwaited, false);
    assert.deepEqual(box.log, ["failed: The task was cancelled"]);
  });

  it("reads ahead in children of its task", async () => {
    await run(function* () {
      const owner = Task.current!;
      yield* pipe(
        [1],
        map(() => [Task.current!]),
        buffer(1),
        into(([reader]) => {
          assert.ok(reader!.isWithin(owner));
        }),
      );
    });
  });

  it("refuses what is no sink, and closes the source", async () => {
    for (const sink of [null, 5, {}, []]) {
      const feed = new Feed(1);
      await assert.rejects(async () => await pipe(feed, into(sink as unknown as Sink<number>)), {
        name: "TypeError",
        code: "ERR_INVALID_ARG_TYPE",
      });
      assert.equal(feed.closed, 1);
    }
  });
});
