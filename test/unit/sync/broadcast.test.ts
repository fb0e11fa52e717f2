import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { each } from "../../../src/stream/index.ts";
import { Broadcast, type Subscription } from "../../../src/sync/index.ts";
import { type Coroutine, run, sleep, spawn } from "../../../src/task/index.ts";
import { turns } from "../support/operations.ts";
import { Random, seeds } from "../support/random.ts";

const closed = { name: "ChannelClosedError", code: "ERR_CHANNEL_CLOSED", message: "The broadcast is closed" };

function* receiveAll<T>(subscription: Subscription<T>, into: T[]): Coroutine<void> {
  for (let next = yield* subscription.next(); !next.done; next = yield* subscription.next()) {
    into.push(next.value);
  }
}

function rest<T>(subscription: Subscription<T>): T[] {
  const values: T[] = [];
  while (subscription.size > 0) values.push(subscription.tryReceive()!);
  return values;
}

describe("a broadcast", () => {
  it("hands every value to every subscriber", async () => {
    const received: number[][] = [[], [], []];
    await run(function* () {
      using broadcast = new Broadcast<number>();
      for (const own of received) {
        const subscription = broadcast.subscribe();
        yield* spawn(() => receiveAll(subscription, own));
      }
      for (const n of [1, 2, 3]) yield* broadcast.send(n);
    });
    assert.deepEqual(received, [
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  it("gives a subscriber what comes from its subscription on, until it leaves", () => {
    const broadcast = new Broadcast<number>();
    const options = { capacity: 10 };
    broadcast.trySend(1);
    const first = broadcast.subscribe(options);
    broadcast.trySend(2);
    const second = broadcast.subscribe(options);
    broadcast.trySend(3);
    assert.equal(broadcast.subscribers, 2);
    assert.deepEqual(rest(first), [2, 3]);
    first.close();
    broadcast.trySend(4);
    assert.equal(broadcast.subscribers, 1);
    assert.equal(first.size, 0);
    assert.deepEqual(rest(second), [3, 4]);
  });

  it("loses what is sent while nobody subscribes", async () => {
    const broadcast = new Broadcast<number>();
    await broadcast.send(1);
    assert.equal(broadcast.subscribe().size, 0);
  });

  it("loses a subscriber whose loop is left, so that it holds nobody up", async () => {
    const broadcast = new Broadcast<number>();
    const received: number[] = [];
    const task = run(function* () {
      const subscription = broadcast.subscribe();
      yield* spawn(function* () {
        for (const n of [1, 2, 3, 4]) yield* broadcast.send(n);
      });
      for (const n of yield* each(subscription)) {
        received.push(n);
        if (n === 2) break;
        yield* each.next();
      }
    });
    const looping = (async () => {
      for await (const n of broadcast.subscribe()) if (n === 2) break;
    })();
    await Promise.all([task, looping]);
    assert.deepEqual(received, [1, 2]);
  });

  it("is awaited and looped over with for await", async () => {
    const broadcast = new Broadcast<number>();
    const subscriptions = [broadcast.subscribe(), broadcast.subscribe({ capacity: 5 })];
    const loops = subscriptions.map(async (subscription) => {
      const received: number[] = [];
      for await (const n of subscription) received.push(n);
      return received;
    });
    for (const n of [1, 2, 3]) await broadcast.send(n);
    broadcast.close();
    assert.deepEqual(await Promise.all(loops), [
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  it("closed, lets subscribers have the rest, then tells them the end", async () => {
    const broadcast = new Broadcast<number>();
    const [slow, waiting] = [broadcast.subscribe(), broadcast.subscribe()];
    broadcast.trySend(1);
    waiting.tryReceive();
    const next = Promise.resolve(waiting.next());
    const sending = run(() => broadcast.send(2));
    sending.then(null, () => {});
    await turns();
    broadcast.close();
    broadcast.close();
    assert.equal(broadcast.isClosed, true);
    assert.deepEqual(await next, { done: true, value: undefined });
    assert.equal(await slow.receive(), 1);
    await assert.rejects(Promise.resolve(slow.receive()), { code: "ERR_CHANNEL_CLOSED" });
    await assert.rejects(sending.promise, closed);
    assert.throws(() => broadcast.trySend(3), closed);
    await assert.rejects(Promise.resolve(broadcast.send(3)), closed);
    assert.deepEqual(await broadcast.subscribe().next(), { done: true, value: undefined });
  });

  it("that fails gives subscribers the error, after what they have", async () => {
    const broadcast = new Broadcast<number>();
    const subscription = broadcast.subscribe();
    const failure = new Error("no more news");
    broadcast.trySend(1);
    broadcast.fail(failure);
    assert.equal(await subscription.receive(), 1);
    await assert.rejects(Promise.resolve(subscription.next()), failure);
    await assert.rejects(Promise.resolve(broadcast.send(1)), { ...closed, cause: failure });
    await assert.rejects(Promise.resolve(broadcast.subscribe().receive()), failure);
  });
});

describe("a slow subscriber", () => {
  it("lets sends wait, and the value reaches all at once", async () => {
    const broadcast = new Broadcast<number>();
    const slow = broadcast.subscribe();
    const quick = broadcast.subscribe({ capacity: 10 });
    assert.equal(broadcast.trySend(1), true);
    assert.equal(broadcast.trySend(2), false);
    const sending = run(() => broadcast.send(2));
    await turns();
    assert.deepEqual(rest(quick), [1]);
    assert.equal(slow.tryReceive(), 1);
    assert.deepEqual([rest(slow), rest(quick)], [[2], [2]]);
    await sending;
  });

  it("holds up nobody any more once it has left", async () => {
    const broadcast = new Broadcast<number>();
    const quick = broadcast.subscribe({ capacity: 10 });
    const sends = [];
    {
      using slow = broadcast.subscribe();
      broadcast.trySend(1);
      for (const n of [2, 3]) sends.push(run(() => broadcast.send(n)));
      await turns();
      assert.equal(slow.size, 1);
      assert.equal(quick.size, 1);
    }
    assert.deepEqual(rest(quick), [1, 2, 3]);
    await Promise.all(sends);
  });

  it("drops what has waited longest if it wants to, and tells how much", async () => {
    const broadcast = new Broadcast<number>();
    const latest = broadcast.subscribe({ capacity: 2, whenFull: "drop-oldest" });
    for (let n = 1; n <= 5; n++) await broadcast.send(n);
    assert.equal(latest.dropped, 3);
    assert.deepEqual(rest(latest), [4, 5]);
    broadcast.trySend(6);
    assert.equal(latest.dropped, 3);
    assert.equal(latest.tryReceive(), 6);
  });

  it("ends if it wants to, after what it has", async () => {
    const broadcast = new Broadcast<number>();
    const strict = broadcast.subscribe({ capacity: 2, whenFull: "fail" });
    const other = broadcast.subscribe({ capacity: 10 });
    for (let n = 1; n <= 5; n++) await broadcast.send(n);
    assert.equal(broadcast.subscribers, 1);
    assert.equal(strict.isClosed, true);
    assert.equal(strict.dropped, 1);
    assert.equal(await strict.receive(), 1);
    assert.equal(await strict.receive(), 2);
    await assert.rejects(Promise.resolve(strict.receive()), {
      name: "SubscriptionFullError",
      code: "ERR_SUBSCRIPTION_FULL",
      message: /2 values/,
    });
    assert.deepEqual(rest(other), [1, 2, 3, 4, 5]);
  });
});

describe("a broadcast's waits that are cancelled", () => {
  it("deliver to all or to nobody", async () => {
    const broadcast = new Broadcast<number>();
    const slow = broadcast.subscribe();
    const quick = broadcast.subscribe({ capacity: 10 });
    broadcast.trySend(1);
    const sends = [2, 3].map((n) => broadcast.send(n));
    const [first, second] = sends.map((send) => run(() => send));
    await turns();
    await first!.cancel();
    assert.equal(slow.tryReceive(), 1);
    await second;
    assert.deepEqual(
      sends.map((send) => send.isDelivered),
      [false, true],
    );
    assert.deepEqual([rest(slow), rest(quick)], [[3], [1, 3]]);
  });

  it("give a value back to the front of their subscription", async () => {
    const broadcast = new Broadcast<number>();
    const subscription = broadcast.subscribe({ capacity: 2 });
    const receiver = run(() => subscription.receive());
    await turns();
    for (const n of [1, 2]) broadcast.trySend(n);
    await receiver.cancel();
    assert.equal(broadcast.trySend(3), false);
    assert.deepEqual(rest(subscription), [1, 2]);
    assert.equal(broadcast.trySend(3), true);
  });
});

describe("subscribers of a broadcast with many senders", () => {
  it("all see the same order, though some come, go and are slow", async (t) => {
    for (const seed of seeds(3)) {
      t.diagnostic(`seed ${seed}`);
      const random = new Random(seed);
      const received: number[][] = [];
      let reference: number[] = [];
      await run(function* () {
        using broadcast = new Broadcast<number>();
        const senders = [];
        const subscriptions = Array.from({ length: 5 }, () =>
          broadcast.subscribe({ capacity: 1 + random.below(4) }),
        );
        reference = received[0] = [];
        yield* spawn(() => receiveAll(subscriptions[0]!, reference));
        for (const subscription of subscriptions.slice(1)) {
          const own: number[] = [];
          received.push(own);
          yield* spawn(function* () {
            using leaving = subscription;
            for (let left = 20 + random.below(200); left > 0; left--) {
              const next = yield* leaving.next();
              if (next.done) return;
              own.push(next.value);
              if (random.chance(0.1)) yield* sleep(0);
            }
          });
        }
        for (let s = 0; s < 4; s++) {
          const sender = yield* spawn(function* () {
            for (let n = 0; n < 100; n++) yield* broadcast.send(s * 1000 + n);
          });
          senders.push(sender);
        }
        for (const sender of senders) yield* sender;
      });
      assert.equal(reference.length, 400);
      for (const own of received) assert.deepEqual(own, reference.slice(0, own.length));
    }
  });

  it("see one order even if a receiver's callback sends", () => {
    const broadcast = new Broadcast<number>();
    const subscriptions = [broadcast.subscribe({ capacity: 5 }), broadcast.subscribe({ capacity: 5 })];
    subscriptions[0]!.receive().then(() => {
      broadcast.send(2).then();
    });
    broadcast.send(1).then();
    assert.deepEqual(subscriptions.map(rest), [[2], [1, 2]]);
  });
});
