/**
 * The types of `pentio/streams`, as a program sees them. What is tested here is tested by the compiler: the functions are
 * never called.
 */

import assert from "node:assert/strict";
import type { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { describe, it } from "node:test";
import {
  type Channel,
  type Coroutine,
  type Operation,
  type Server,
  type Socket,
  type Subscription,
  sleep,
} from "../../src/index.ts";
import {
  batch,
  buffer,
  drop,
  each,
  filter,
  into,
  map,
  merge,
  pipe,
  type Stream,
  take,
  toNodeReadable,
  toReadableStream,
  type toStream,
} from "../../src/stream/index.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for the type `true`. */
function holds<T extends true>(): T | undefined {
  return undefined;
}

holds<Socket extends Stream<Buffer> ? true : false>();
holds<Server extends Stream<Socket> ? true : false>();
holds<Channel<Order> extends Stream<Order> ? true : false>();
holds<Subscription<Order> extends Stream<Order> ? true : false>();

export function* loopsOverPentiosOwn(
  socket: Socket,
  server: Server,
  channel: Channel<Order>,
): Coroutine<void> {
  for (const chunk of yield* each(socket)) {
    holds<Same<typeof chunk, Buffer>>();
    yield* each.next();
  }
  for (const connection of yield* each(server)) {
    holds<Same<typeof connection, Socket>>();
    yield* pipe(connection, into(connection));
    yield* each.next();
  }
  for (const order of yield* each(channel)) {
    holds<Same<typeof order, Order>>();
    yield* each.next();
  }
}

interface Order {
  readonly id: number;
  readonly paid: Date | null;
}

export function* loops(orders: Stream<Order>, web: ReadableStream<string>): Coroutine<void> {
  for (const order of yield* each(orders)) {
    holds<Same<typeof order, Order>>();
    for (const text of yield* each(web)) {
      holds<Same<typeof text, string>>();
      yield* each.next();
    }
    yield* each.next();
  }
  for (const n of yield* each([1, 2])) {
    holds<Same<typeof n, number>>();
    yield* each.next();
  }
}

export async function* lettersOf(words: AsyncIterable<string>) {
  for await (const word of words) yield* word;
}

export async function pipes(
  orders: Stream<Order>,
  readable: Readable,
  channel: Channel<number>,
): Promise<void> {
  const paid = pipe(
    orders,
    filter((order) => order.paid !== null),
    map((order, index) => {
      holds<Same<typeof order, Order>>();
      return { ...order, index };
    }),
    map(function* (order) {
      holds<Same<typeof order.index, number>>();
      yield* sleep(order.id);
      return `${order.id}`;
    }),
    map(async (text) => {
      holds<Same<typeof text, string>>();
      return text.length;
    }),
    buffer(3),
    batch({ size: 10, withinMs: 5 }),
    map((lengths) => {
      holds<Same<typeof lengths, number[]>>();
      return lengths.length > 1 ? lengths : null;
    }),
    filter((lengths): lengths is number[] => lengths !== null),
  );
  holds<Same<typeof paid, Stream<number[]>>>();
  for await (const lengths of paid) holds<Same<typeof lengths, number[]>>();

  const letters = pipe(["ab", "c"], lettersOf, take(5), drop(1));
  holds<Same<typeof letters, Stream<string>>>();
  const slept = pipe(
    [1],
    map((ms) => sleep(ms)),
  );
  holds<Same<typeof slept, Stream<void>>>();

  const written = pipe([1, 2], into(channel));
  holds<Same<typeof written, Operation<void>>>();
  pipe(
    [1, 2],
    into((n) => {
      holds<Same<typeof n, number>>();
    }),
  );
  pipe(readable, into(process.stdout));
  const web = pipe(["a"], toReadableStream);
  holds<Same<typeof web, ReadableStream<string>>>();
  const node = pipe(["a"], toNodeReadable);
  holds<Same<typeof node, Readable>>();
  holds<Same<ReturnType<typeof toStream<Order>>, Stream<Order>>>();
  const merged = merge(orders, ["a"], lettersOf(letters));
  holds<Same<typeof merged, Stream<Order | string>>>();
  // @ts-expect-error: the channel takes numbers
  pipe(["a"], into(channel));
  // @ts-expect-error: what comes are no numbers
  pipe(["a"], map(double));
  // @ts-expect-error: a number cannot be iterated
  each(5);
  // @ts-expect-error: a batch has a size
  batch({ withinMs: 5 });
}

function double(n: number): number {
  return n * 2;
}

describe("the types of pentio/streams", () => {
  it("hold for values too", async () => {
    const texts: string[] = [];
    const written = pipe(
      ["ab", "c"],
      lettersOf,
      into((text) => {
        texts.push(text);
      }),
    );
    await written;
    assert.deepEqual(texts, ["a", "b", "c"]);
  });
});
