import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Channel, ChannelClosedError } from "../../../src/sync/index.ts";
import { type Coroutine, run, sleep, spawn } from "../../../src/task/index.ts";
import { collectGarbage } from "../support/garbage.ts";
import { noting, turns } from "../support/operations.ts";

const closed = { name: "ChannelClosedError", code: "ERR_CHANNEL_CLOSED" };

function* receiveAll<T>(channel: Channel<T>, into: T[]): Coroutine<void> {
  for (let next = yield* channel.next(); !next.done; next = yield* channel.next()) into.push(next.value);
}

describe("a channel without capacity", () => {
  it("lets a send wait for its receiver", async () => {
    const log: string[] = [];
    await run(function* () {
      const channel = new Channel<string>();
      yield* spawn(function* () {
        log.push("sending");
        yield* channel.send("a");
        log.push("sent");
      });
      yield* sleep(0);
      log.push("receiving");
      log.push(yield* channel.receive());
    });
    assert.deepEqual(log, ["sending", "receiving", "a", "sent"]);
  });

  it("lets a receiver wait for its send, which does not wait then", async () => {
    const log: string[] = [];
    await run(function* () {
      const channel = new Channel<string>();
      yield* spawn(function* () {
        log.push(yield* channel.receive());
      });
      yield* sleep(0);
      yield* channel.send("a");
      log.push("sent");
    });
    assert.deepEqual(log, ["sent", "a"]);
  });

  it("serves senders in the order of their coming, and receivers too", async () => {
    const log: string[] = [];
    await run(function* () {
      const channel = new Channel<number>();
      for (const n of [1, 2, 3]) yield* noting(log, `sender ${n}`, channel.send(n));
      yield* sleep(0);
      for (const name of ["a", "b", "c", "d"]) yield* noting(log, name, channel.receive());
      yield* sleep(0);
      yield* channel.send(4);
    });
    assert.deepEqual(
      log.filter((line) => line.includes("got") && !line.startsWith("sender")),
      ["a got 1", "b got 2", "c got 3", "d got 4"],
    );
    assert.deepEqual(
      log.filter((line) => line.startsWith("sender") && line.includes("got")),
      ["sender 1 got undefined", "sender 2 got undefined", "sender 3 got undefined"],
    );
  });

  it("holds nothing", async () => {
    const channel = new Channel<number>();
    const sending = run(() => channel.send(1));
    await turns();
    assert.equal(channel.size, 0);
    assert.equal(channel.capacity, 0);
    assert.equal(channel.trySend(2), false);
    assert.equal(channel.tryReceive(), 1);
    assert.equal(channel.tryReceive(), undefined);
    await sending;
  });

  it("takes a value at once if a receiver waits", async () => {
    const channel = new Channel<number>();
    const receiving = run(() => channel.receive());
    await turns();
    assert.equal(channel.trySend(1), true);
    assert.equal(channel.trySend(2), false);
    assert.equal(await receiving, 1);
  });
});

describe("a channel with capacity", () => {
  it("lets sends wait only when it is full", async () => {
    const log: string[] = [];
    await run(function* () {
      const channel = new Channel<number>({ capacity: 2 });
      yield* spawn(function* () {
        for (let n = 1; n <= 4; n++) {
          yield* channel.send(n);
          log.push(`sent ${n}, ${channel.size} wait`);
        }
      });
      yield* sleep(0);
      log.push(`received ${yield* channel.receive()}`);
      yield* sleep(0);
      log.push(`received ${yield* channel.receive()}`);
    });
    assert.deepEqual(log, [
      "sent 1, 1 wait",
      "sent 2, 2 wait",
      "received 1",
      "sent 3, 2 wait",
      "received 2",
      "sent 4, 2 wait",
    ]);
  });

  it("keeps the order when senders wait behind those that fit", async () => {
    const received: number[] = [];
    await run(function* () {
      const channel = new Channel<number>({ capacity: 3 });
      for (let n = 0; n < 10; n++) yield* spawn(() => channel.send(n));
      yield* sleep(0);
      for (let n = 0; n < 10; n++) received.push(yield* channel.receive());
    });
    assert.deepEqual(received, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("may be without bound", () => {
    const channel = new Channel<number>({ capacity: Number.POSITIVE_INFINITY });
    for (let n = 0; n < 1000; n++) assert.equal(channel.trySend(n), true);
    assert.equal(channel.size, 1000);
    for (let n = 0; n < 1000; n++) assert.equal(channel.tryReceive(), n);
  });

  it("carries anything, undefined too", async () => {
    const channel = new Channel<unknown>({ capacity: 5 });
    const values = [undefined, null, 0, "", Number.NaN];
    for (const value of values) channel.trySend(value);
    for (const value of values) assert.deepEqual(await channel.next(), { done: false, value });
  });
});

describe("closing a channel", () => {
  it("lets receivers have what is in it, then tells them the end", async () => {
    const channel = new Channel<number>({ capacity: 2 });
    channel.trySend(1);
    channel.trySend(2);
    channel.close();
    assert.equal(channel.isClosed, true);
    assert.equal(channel.size, 2);
    assert.equal(await channel.receive(), 1);
    assert.deepEqual(await channel.next(), { done: false, value: 2 });
    assert.deepEqual(await channel.next(), { done: true, value: undefined });
    await assert.rejects(Promise.resolve(channel.receive()), closed);
    assert.throws(() => channel.tryReceive(), closed);
  });

  it("ends the wait of all receivers", async () => {
    const channel = new Channel<number>();
    const receiving = [Promise.resolve(channel.receive()), Promise.resolve(channel.receive())];
    const next = Promise.resolve(channel.next());
    await turns();
    channel.close();
    for (const promise of receiving) await assert.rejects(promise, closed);
    assert.deepEqual(await next, { done: true, value: undefined });
  });

  it("refuses senders that wait, whose values nobody gets", async () => {
    const channel = new Channel<number>({ capacity: 1 });
    channel.trySend(1);
    const sends = [channel.send(2), channel.send(3)];
    const sending = sends.map((send) => Promise.resolve(send));
    await turns();
    channel.close();
    for (const promise of sending) await assert.rejects(promise, closed);
    assert.deepEqual(
      sends.map((send) => send.isDelivered),
      [false, false],
    );
    assert.equal(channel.tryReceive(), 1);
    assert.throws(() => channel.tryReceive(), closed);
  });

  it("refuses what is sent afterwards", async () => {
    const channel = new Channel<number>({ capacity: 1 });
    channel.close();
    channel.close();
    await assert.rejects(Promise.resolve(channel.send(1)), ChannelClosedError);
    assert.throws(() => channel.trySend(1), closed);
  });

  it("happens at the end of a block that is using it", async () => {
    const received: number[] = [];
    await run(function* () {
      using channel = new Channel<number>();
      yield* spawn(() => receiveAll(channel, received));
      for (const n of [1, 2, 3]) yield* channel.send(n);
    });
    assert.deepEqual(received, [1, 2, 3]);
  });
});

describe("a channel that fails", () => {
  it("gives receivers what is in it and then the error, whoever asks", async () => {
    const channel = new Channel<number>({ capacity: 1 });
    const failure = new Error("the producer is out of order");
    channel.trySend(1);
    channel.fail(failure);
    assert.equal(await channel.receive(), 1);
    await assert.rejects(Promise.resolve(channel.receive()), failure);
    await assert.rejects(Promise.resolve(channel.next()), failure);
    assert.throws(() => channel.tryReceive(), failure);
  });

  it("gives the error to receivers that wait, and tells senders its cause", async () => {
    const channel = new Channel<number>();
    const failure = new Error("the producer is out of order");
    const receiving = Promise.resolve(channel.receive());
    const next = Promise.resolve(channel.next());
    await turns();
    channel.fail(failure);
    await assert.rejects(receiving, failure);
    await assert.rejects(next, failure);
    await assert.rejects(Promise.resolve(channel.send(1)), { ...closed, cause: failure });
  });

  it("has failed with the first of several errors", async () => {
    const channel = new Channel<number>();
    channel.close();
    channel.fail(new Error("too late"));
    assert.deepEqual(await channel.next(), { done: true, value: undefined });
  });
});

describe("a channel in async functions", () => {
  it("is awaited", async () => {
    const channel = new Channel<number>();
    const producer = (async () => {
      for (const n of [1, 2, 3]) await channel.send(n);
      channel.close();
    })();
    assert.equal(await channel.receive(), 1);
    assert.equal(await channel.receive(), 2);
    assert.equal(await channel.receive(), 3);
    await producer;
  });

  it("is looped over with for await, and again after the loop was left", async () => {
    const channel = new Channel<number>({ capacity: 10 });
    for (let n = 0; n < 10; n++) channel.trySend(n);
    channel.close();
    const received: number[] = [];
    for await (const n of channel) {
      received.push(n);
      if (n === 4) break;
    }
    for await (const n of channel) received.push(n * 10);
    assert.deepEqual(received, [0, 1, 2, 3, 4, 50, 60, 70, 80, 90]);
  });

  it("throws what it has failed with out of for await", async () => {
    const channel = new Channel<number>();
    channel.fail(new Error("broken"));
    await assert.rejects(async () => {
      for await (const _ of channel) assert.fail("there is nothing");
    }, /broken/);
  });

  it("connects them with coroutines", async () => {
    const channel = new Channel<number>();
    const received: number[] = [];
    const consumer = (async () => {
      for await (const n of channel) received.push(n);
    })();
    await run(function* () {
      for (let n = 0; n < 100; n++) yield* channel.send(n);
      channel.close();
    });
    await consumer;
    assert.deepEqual(
      received,
      Array.from({ length: 100 }, (_, n) => n),
    );
  });
});

describe("many senders and many receivers", () => {
  for (const capacity of [0, 1, 7, Number.POSITIVE_INFINITY]) {
    it(`lose nothing and get nothing twice with a capacity of ${capacity}`, async () => {
      const received: number[][] = Array.from({ length: 5 }, () => []);
      await run(function* () {
        using channel = new Channel<number>({ capacity });
        for (const own of received) yield* spawn(() => receiveAll(channel, own));
        const senders = [];
        for (let s = 0; s < 7; s++) {
          const sender = yield* spawn(function* () {
            for (let n = 0; n < 300; n++) yield* channel.send(s * 1000 + n);
          });
          senders.push(sender);
        }
        for (const sender of senders) yield* sender;
      });
      const all = received.flat().sort((a, b) => a - b);
      const sent = Array.from({ length: 7 * 300 }, (_, i) => Math.floor(i / 300) * 1000 + (i % 300));
      assert.deepEqual(all, sent);
      for (const own of received) assert.ok(own.length > 0, "a receiver was never served");
      for (const own of received) assertInOrderOfEachSender(own);
    });
  }
});

function assertInOrderOfEachSender(values: readonly number[]): void {
  const latest = new Map<number, number>();
  for (const value of values) {
    const sender = Math.floor(value / 1000);
    assert.ok(value > (latest.get(sender) ?? -1), `${value} was overtaken`);
    latest.set(sender, value);
  }
}

describe("the memory of a channel", () => {
  for (const capacity of [0, 100]) {
    it(`is free again after a million values with a capacity of ${capacity}`, async () => {
      const channel = new Channel<object>({ capacity });
      const pass = (count: number) =>
        run(function* () {
          yield* spawn(function* () {
            for (let n = 0; n < count; n++) yield* channel.send({ n });
          });
          for (let n = 0; n < count; n++) yield* channel.receive();
        });
      await pass(10_000);
      collectGarbage();
      const before = process.memoryUsage().heapUsed;
      await pass(1_000_000);
      collectGarbage();
      assert.ok(process.memoryUsage().heapUsed - before < 2e6);
      assert.equal(channel.size, 0);
    });
  }
});
