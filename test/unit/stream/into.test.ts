import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buffer, into, map, pipe, type Sink } from "../../../src/stream/index.ts";
import { Channel } from "../../../src/sync/index.ts";
import { run, sleep, Task } from "../../../src/task/index.ts";
import { collect, Feed, numbers } from "../support/feed.ts";
import { turns } from "../support/operations.ts";

describe("into()", () => {
  it("does nothing before it is waited for", async () => {
    const feed = new Feed(1);
    pipe(feed, into(new Channel<number>()));
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
    const channel = new Channel<number>();
    const written = Promise.resolve(pipe(numbers(3), into(channel)));
    assert.deepEqual(await collect(channel), [1, 2, 3]);
    await written;
  });

  it("leaves the sink open if it is told so, whatever happens", async () => {
    const channel = new Channel<number>({ capacity: 10 });
    await pipe(numbers(3), into(channel, { end: false }));
    await assert.rejects(async () => {
      await pipe(new Feed(4).fail(new Error("of the source")), into(channel, { end: false }));
    }, /of the source/);
    assert.equal(channel.isClosed, false);
    assert.equal(channel.size, 4);
  });

  it("takes an item only when the sink has taken the one before", async () => {
    const feed = new Feed(...numbers(3)).end();
    const channel = new Channel<number>();
    const task = run(() => pipe(feed, into(channel)));
    for (const n of numbers(3)) {
      while (feed.taken < n) await turns(1);
      await turns();
      assert.equal(feed.taken, n);
      assert.equal(await channel.receive(), n);
    }
    await task;
  });

  it("tells the sink what the source has failed with", async () => {
    const channel = new Channel<number>({ capacity: 1 });
    const error = new Error("of the source");
    await assert.rejects(run(() => pipe(new Feed(1).fail(error), into(channel))).promise, error);
    assert.equal(await channel.receive(), 1);
    await assert.rejects(async () => await channel.receive(), error);
  });

  it("closes the source when the channel is closed at its other end", async () => {
    const feed = new Feed(...numbers(3));
    const channel = new Channel<number>();
    const task = run(() => pipe(feed, into(channel)));
    assert.equal(await channel.receive(), 1);
    channel.close();
    await assert.rejects(task.promise, { code: "ERR_CHANNEL_CLOSED" });
    assert.equal(feed.closed, 1);
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
    const channel = new Channel<number>({ capacity: 1 });
    const task = run(() => pipe(feed, into(channel)));
    while (channel.size < 1 || !feed.isAwaited) await turns(1);
    await task.cancel();
    assert.equal(feed.closed, 1);
    assert.equal(feed.isAwaited, false);
    assert.equal(await channel.receive(), 1);
    await assert.rejects(async () => await channel.receive(), { code: "ABORT_ERR" });
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
