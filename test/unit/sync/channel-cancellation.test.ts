import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Channel, type SendOperation } from "../../../src/sync/index.ts";
import { type Operation, race, run, sleep, spawn, timeout } from "../../../src/task/index.ts";
import { collectGarbage } from "../support/garbage.ts";
import { noting, turns } from "../support/operations.ts";

/** A root task that receives once and notes it. */
function receiver<T>(channel: Channel<T>, log: unknown[]) {
  return run(function* () {
    log.push(yield* channel.receive());
  });
}

/** A root task that sends once. */
function sender<T>(channel: Channel<T>, value: T): { task: ReturnType<typeof run>; send: SendOperation<T> } {
  const send = channel.send(value);
  return { task: run(() => send), send };
}

describe("a receive that is cancelled", () => {
  it("while it waits leaves its place to the next", async () => {
    const channel = new Channel<string>();
    const log: unknown[] = [];
    const tasks = [receiver(channel, log), receiver(channel, log), receiver(channel, log)];
    await turns();
    await tasks[1]!.cancel();
    assert.equal(channel.trySend("a"), true);
    assert.equal(channel.trySend("b"), true);
    assert.equal(channel.trySend("c"), false);
    await Promise.all([tasks[0], tasks[2]]);
    assert.deepEqual(log, ["a", "b"]);
  });

  it("after it was handed a value gives it back to the front", async () => {
    const channel = new Channel<string>({ capacity: 3 });
    const log: unknown[] = [];
    const task = receiver(channel, log);
    await turns();
    for (const value of ["a", "b", "c"]) channel.trySend(value);
    await task.cancel();
    assert.deepEqual([channel.tryReceive(), channel.tryReceive(), channel.tryReceive()], ["a", "b", "c"]);
    assert.deepEqual(log, []);
  });

  it("gives a value back to a channel without capacity, too", async () => {
    const channel = new Channel<string>();
    const task = receiver(channel, []);
    await turns();
    channel.trySend("a");
    const later = sender(channel, "b");
    await task.cancel();
    await turns();
    assert.equal(channel.size, 1);
    assert.deepEqual([channel.tryReceive(), channel.tryReceive()], ["a", "b"]);
    await later.task;
  });

  it("makes no room for others by giving back more than the channel may hold", async () => {
    const channel = new Channel<string>({ capacity: 1 });
    const task = receiver(channel, []);
    await turns();
    channel.trySend("a");
    channel.trySend("b");
    const later = sender(channel, "c");
    await task.cancel();
    await turns();
    assert.equal(channel.size, 2);
    assert.equal(channel.tryReceive(), "a");
    assert.equal(channel.size, 1);
    assert.equal(later.send.isDelivered, false);
    assert.equal(channel.tryReceive(), "b");
    assert.equal(later.send.isDelivered, true);
  });

  it("after it was handed a value passes it on to the receiver that waits", async () => {
    const channel = new Channel<string>();
    const log: unknown[] = [];
    const first = receiver(channel, log);
    const second = receiver(channel, log);
    await turns();
    channel.trySend("a");
    await first.cancel();
    await second;
    assert.deepEqual(log, ["a"]);
  });

  it("passes a value on although the channel was closed meanwhile", async () => {
    const channel = new Channel<string>();
    const first = receiver(channel, []);
    await turns();
    channel.trySend("a");
    channel.close();
    await first.cancel();
    assert.equal(await channel.receive(), "a");
    assert.deepEqual(await channel.next(), { done: true, value: undefined });
  });

  it("in a loop of next() gives the value back, too", async () => {
    const channel = new Channel<string>();
    const task = run(() => channel.next());
    await turns();
    channel.trySend("a");
    await task.cancel();
    assert.equal(channel.tryReceive(), "a");
  });

  it("at the end of a channel has nothing to give back", async () => {
    const channel = new Channel<string>();
    const task = run(() => channel.next());
    await turns();
    channel.close();
    await task.cancel();
    assert.equal(channel.size, 0);
    assert.deepEqual(await channel.next(), { done: true, value: undefined });
  });

  it("at the first wait of a task that was cancelled before takes nothing", async () => {
    const channel = new Channel<string>({ capacity: 1 });
    channel.trySend("a");
    const task = run(function* () {
      task.cancel();
      yield* channel.receive();
      assert.fail("it goes on");
    });
    await turns();
    assert.equal(task.state, "cancelled");
    assert.equal(channel.tryReceive(), "a");
  });

  it("leaves nothing behind, a hundred thousand times", async () => {
    const channel = new Channel<string>();
    const waitAndCancel = (count: number) =>
      run(function* () {
        for (let i = 0; i < count; i++) {
          const task = yield* spawn(() => channel.receive());
          if (i % 100 === 0) yield* sleep(0);
          yield* task.cancel();
        }
      });
    await waitAndCancel(1000);
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    await waitAndCancel(100_000);
    collectGarbage();
    assert.ok(process.memoryUsage().heapUsed - before < 1e6);
    assert.equal(channel.trySend("a"), false);
  });
});

describe("a send that is cancelled", () => {
  for (const capacity of [0, 1]) {
    it(`while it waits is not delivered, and says so, capacity ${capacity}`, async () => {
      const channel = new Channel<string>({ capacity });
      if (capacity === 1) channel.trySend("before");
      const [first, second, third] = ["a", "b", "c"].map((value) => sender(channel, value));
      await turns();
      await second!.task.cancel();
      assert.equal(second!.send.isDelivered, false);
      if (capacity === 1) assert.equal(await channel.receive(), "before");
      assert.equal(await channel.receive(), "a");
      assert.equal(await channel.receive(), "c");
      await Promise.all([first!.task, third!.task]);
      assert.equal(channel.tryReceive(), undefined);
      assert.deepEqual([first!.send.isDelivered, third!.send.isDelivered], [true, true]);
    });
  }

  it("after its value was taken is delivered, and says so in its finally block", async () => {
    const channel = new Channel<string>();
    const log: unknown[] = [];
    const send = channel.send("a");
    const task = run(function* () {
      try {
        yield* send;
        log.push("goes on");
      } finally {
        log.push(send.isDelivered);
      }
    });
    await turns();
    assert.equal(channel.tryReceive(), "a");
    await task.cancel();
    assert.deepEqual(log, [true]);
    assert.equal(channel.tryReceive(), undefined);
  });

  it("is told before it was begun, or after, that it was not or was delivered", async () => {
    const channel = new Channel<string>({ capacity: 1 });
    const send = channel.send("a");
    assert.equal(send.isDelivered, false);
    await send;
    assert.equal(send.isDelivered, true);
  });

  it("while it is refused ends as the closed channel says", async () => {
    const log: string[] = [];
    const channel = new Channel<string>();
    const task = run(function* () {
      yield* noting(log, "sender", channel.send("a"));
      yield* sleep(0);
      channel.close();
    });
    await assert.rejects(task.promise, { code: "ERR_CHANNEL_CLOSED" });
    assert.deepEqual(log, ["sender caught The channel is closed", "sender ended"]);
  });
});

describe("a channel in a race", () => {
  for (const [name, compete] of [
    ["a send and its own receiver", (send, channel) => [send, channel.receive()]],
    ["a receive and its own sender", (send, channel) => [channel.receive(), send]],
  ] as [string, (send: SendOperation<number>, channel: Channel<number>) => Operation<unknown>[]][]) {
    for (const capacity of [0, 1]) {
      it(`between ${name} has the value in one place, capacity ${capacity}`, async () => {
        const channel = new Channel<number>({ capacity });
        const send = channel.send(1);
        const result = await run(() => race(compete(send, channel)));
        const left = channel.tryReceive();
        assert.deepEqual(
          [result, left].filter((value) => value !== undefined),
          send.isDelivered ? [1] : [],
        );
      });
    }
  }

  it("of two receivers leaves the next value to others", async () => {
    const [first, second] = [new Channel<number>(), new Channel<number>()];
    const winner = run(() => race([first.receive(), second.receive()]));
    await turns();
    assert.equal(first.trySend(1), true);
    assert.equal(second.trySend(2), false);
    assert.equal(await winner, 1);
  });

  it("gets its value back when the race is cancelled before its task goes on", async () => {
    const [first, second] = [new Channel<number>(), new Channel<number>()];
    const task = run(() => race([first.receive(), second.receive()]));
    await turns();
    first.trySend(1);
    await task.cancel();
    assert.equal(first.tryReceive(), 1);
  });

  it("of time loses nothing", async () => {
    const channel = new Channel<number>();
    await assert.rejects(run(() => timeout(0, channel.receive())).promise, { code: "ERR_TIMED_OUT" });
    assert.equal(channel.trySend(1), false);
    const send = channel.send(1);
    await assert.rejects(run(() => timeout(0, send)).promise, { code: "ERR_TIMED_OUT" });
    assert.equal(send.isDelivered, false);
    assert.equal(channel.tryReceive(), undefined);
  });
});

describe("cancelling a whole pipeline", () => {
  it("ends producers and consumers wherever they wait, and every value is in one place", async () => {
    const channel = new Channel<number>();
    const received: number[] = [];
    const sends: SendOperation<number>[] = [];
    const task = run(function* () {
      for (let p = 0; p < 5; p++) {
        yield* spawn(function* () {
          for (let n = 0; ; n++) {
            const send = channel.send(p * 1e6 + n);
            sends.push(send);
            yield* send;
          }
        });
      }
      for (let c = 0; c < 3; c++) {
        yield* spawn(function* () {
          while (true) {
            received.push(yield* channel.receive());
            if (received.length % 97 === 0) yield* sleep(0);
            if (received.length === 5000) task.cancel();
          }
        });
      }
    });
    await assert.rejects(task.promise, { code: "ABORT_ERR" });
    const rest: number[] = [];
    while (channel.size > 0) rest.push(channel.tryReceive()!);
    assert.equal(channel.tryReceive(), undefined);
    const delivered = sends.filter((send) => send.isDelivered).map((send) => send.item);
    assert.deepEqual(
      [...received, ...rest].sort((a, b) => a - b),
      delivered.sort((a, b) => a - b),
    );
  });
});
