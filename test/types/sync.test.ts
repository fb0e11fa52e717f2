/** The types of channels and of what tasks take turns with, as a program sees them: tested by the compiler, and never called. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  Barrier,
  Broadcast,
  Channel,
  Condition,
  type Coroutine,
  Event,
  type Lock,
  Mutex,
  type Operation,
  type Permit,
  Queue,
  RateLimiter,
  Semaphore,
  type SendOperation,
  type Subscription,
} from "../../src/index.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for the type `true`. */
function holds<T extends true>(): T | undefined {
  return undefined;
}

/** What channels, queues and subscriptions can be used as. */
interface Stream<T> extends AsyncIterable<T> {
  next(): Operation<IteratorResult<T, void>>;
}

export function* channels(channel: Channel<string>): Coroutine<void> {
  const sent = yield* channel.send("a");
  holds<Same<typeof sent, void>>();
  holds<Same<ReturnType<typeof channel.send>, SendOperation<string>>>();
  const received = yield* channel.receive();
  holds<Same<typeof received, string>>();
  const tried = channel.tryReceive();
  holds<Same<typeof tried, string | undefined>>();
  for (let next = yield* channel.next(); !next.done; next = yield* channel.next()) {
    holds<Same<typeof next.value, string>>();
  }
  // @ts-expect-error: a channel of text carries no numbers
  channel.send(5);
  // @ts-expect-error: what it holds is not changed from outside
  channel.size = 5;
  // @ts-expect-error: a queue has to know its order
  new Queue<number>({});
  // @ts-expect-error: nobody else makes sends
  new SendOperation(channel, "a");
}

export async function awaited(channel: Channel<number>, subscription: Subscription<number>): Promise<void> {
  const received = await channel.receive();
  holds<Same<typeof received, number>>();
  for await (const value of channel) holds<Same<typeof value, number>>();
  for await (const value of subscription) holds<Same<typeof value, number>>();
  // @ts-expect-error: subscribers do not send
  subscription.send(5);
}

export function* turns(): Coroutine<void> {
  using permit = yield* new Semaphore(3).acquire(2);
  holds<Same<typeof permit, Permit>>();
  using lock = yield* new Mutex().lock();
  holds<Same<typeof lock, Lock>>();
  const index = yield* new Barrier(2).wait();
  holds<Same<typeof index, number>>();
  const told = yield* new Condition().wait();
  holds<Same<typeof told, void>>();
  const happened = yield* new Event().wait();
  holds<Same<typeof happened, void>>();
  const passed = yield* new RateLimiter({ count: 1, perMs: 1 }).acquire();
  holds<Same<typeof passed, void>>();
  new Broadcast().subscribe({ whenFull: "drop-oldest" });
  // @ts-expect-error: there is no such way
  new Broadcast().subscribe({ whenFull: "drop-newest" });
  // @ts-expect-error: a rate is so many in some time
  new RateLimiter({ count: 1 });
}

/** Any of them, where it does not matter which. */
const streams: (Stream<string> & { close(): void })[] = [
  new Channel<string>(),
  new Queue<string>({ compare: (a, b) => a.length - b.length }),
  new Broadcast<string>().subscribe(),
];

describe("the types of src/sync", () => {
  it("hold for values too", async () => {
    for (const stream of streams) {
      stream.close();
      assert.deepEqual(await stream.next(), { done: true, value: undefined });
    }
  });
});
