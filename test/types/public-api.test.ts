/**
 * The types of the public interface, as a program sees them. What is tested here is tested by the compiler: the functions
 * are never called.
 */

import assert from "node:assert/strict";
import type { AsyncResource } from "node:async_hooks";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { MessagePort } from "node:worker_threads";
import type * as api from "../../src/index.ts";
import {
  type Barrier,
  type Body,
  type Broadcast,
  type CancelledWrite,
  type Chain,
  type Channel,
  type ChannelOptions,
  type Condition,
  type ConnectOptions,
  type Coroutine,
  connect,
  type Event,
  type EventHandler,
  EventLoop,
  type EventLoopOptions,
  type EventOfType,
  type ListenOptions,
  type Lock,
  type LoopEvent,
  listen,
  type Model,
  type ModelChoice,
  type Mutex,
  Operation,
  onSlowMessage,
  type Permit,
  type Queue,
  type QueueOptions,
  type RateLimiter,
  type RateLimiterOptions,
  type RetryOptions,
  type RunOptions,
  run,
  type Semaphore,
  type SendOperation,
  type Server,
  type Settled,
  type SlowMessage,
  type SlowMessageHandler,
  type SlowMessageOptions,
  type Socket,
  type SocketAddress,
  type Source,
  type SourceLocation,
  type SpawnOptions,
  type Stream,
  type Subscription,
  type SubscriptionOptions,
  type Suspension,
  type SystemError,
  sleep,
  spawn,
  type Task,
  type TaskState,
  type Waitable,
  type WhenFull,
} from "../../src/index.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for the type `true`. */
function holds<T extends true>(): T | undefined {
  return undefined;
}

export function* waitingWithYield(socket: Socket, server: Server): Coroutine<void> {
  const chunk = yield* socket.read();
  holds<Same<typeof chunk, Buffer | null>>();
  const written = yield* socket.write("text");
  holds<Same<typeof written, void>>();
  const accepted = yield* server.accept();
  holds<Same<typeof accepted, Socket>>();
  const listening = yield* listen({ port: 1 });
  holds<Same<typeof listening, Server>>();
  const connected = yield* connect({ port: 1 });
  holds<Same<typeof connected, Socket>>();
  const slept = yield* sleep(1);
  holds<Same<typeof slept, void>>();
  // A loop whose variable depends on itself is where inference fails first.
  for (let part = yield* socket.read(); part; part = yield* socket.read()) {
    holds<Same<typeof part, Buffer>>();
    yield* socket.write(part);
  }
}

export async function waitingWithAwait(socket: Socket, server: Server): Promise<void> {
  const chunk = await socket.read();
  holds<Same<typeof chunk, Buffer | null>>();
  const written = await socket.write(new Uint8Array(1));
  holds<Same<typeof written, void>>();
  const accepted = await server.accept();
  holds<Same<typeof accepted, Socket>>();
  const all = await Promise.all([socket.read(), server.accept(), 5]);
  holds<Same<typeof all, [Buffer | null, Socket, number]>>();
  const raced = await Promise.race([socket.read(), server.accept()]);
  holds<Same<typeof raced, Buffer | null | Socket>>();
  const promise = Promise.resolve(socket.read());
  holds<Same<typeof promise, Promise<Buffer | null>>>();
  await using closing = socket;
  holds<Same<typeof closing, Socket>>();
}

export async function tasks(): Promise<void> {
  const task = run(function* () {
    yield* sleep(1);
    return 5;
  });
  holds<Same<typeof task, Task<number>>>();
  const five = await task;
  holds<Same<typeof five, number>>();
  holds<Same<typeof task.state, TaskState>>();

  const result = await run(function* () {
    const child = yield* spawn(function* () {
      yield* sleep(1);
      return { text: "child" };
    });
    holds<Same<typeof child, Task<{ text: string }>>>();
    const { text } = yield* child;
    holds<Same<typeof text, string>>();
    const cancelled = yield* child.cancel();
    holds<Same<typeof cancelled, void>>();
    const byHelper = yield* helper("a");
    holds<Same<typeof byHelper, string[]>>();
    return text.length;
  });
  holds<Same<typeof result, number>>();
}

function* helper(text: string) {
  yield* sleep(1);
  return [text];
}

export function chains(socket: Socket, task: Task<string>): void {
  const length = socket.read().then((chunk) => {
    holds<Same<typeof chunk, Buffer | null>>();
    return chunk?.length ?? 0;
  });
  const text = length.then((value) => value.toFixed()).catch(() => 0);
  holds<Same<typeof text, Promise<string | number>>>();
  const finished = socket
    .read()
    .then(() => "read")
    .then((value) => value.length)
    .finally(() => {});
  holds<Same<typeof finished, Promise<number>>>();
  const either = task.then(
    (value) => value.length,
    (error: unknown) => String(error),
  );
  void either.then((value) => {
    holds<Same<typeof value, string | number>>();
  });
}

export function* mistakes(socket: Socket): Coroutine<void> {
  // @ts-expect-error: a number is nothing to send
  socket.write(123);
  // @ts-expect-error: an array is nothing to send
  socket.write([1, 2, 3]);
  // @ts-expect-error: data is needed
  socket.write();
  // @ts-expect-error: a delay is a number
  sleep("5");
  // @ts-expect-error: a port is a number
  listen({ port: "80" });
  // @ts-expect-error: a misspelt option
  listen({ prot: 80 });
  // @ts-expect-error: no such model
  run(helperOf, { model: "kqueue" });
  // @ts-expect-error: an async function is no coroutine
  run(async () => 5);
  // @ts-expect-error: a function that returns a number is no coroutine
  run(() => 5);
  // @ts-expect-error: a generator is not a generator function
  run(helper("a"));
  // @ts-expect-error: yield* is needed
  yield sleep(1);
  // @ts-expect-error: only operations can be waited for
  yield* Promise.resolve(1);
  const chunk = yield* socket.read();
  // @ts-expect-error: at the end of the connection there is no chunk
  chunk.length;
  // @ts-expect-error: what a socket is told about itself does not change it
  socket.bytesRead = 0;
  // @ts-expect-error: an operation is nothing to be made of the base
  new Operation();
}

function* helperOf() {
  yield* sleep(1);
}

/** A user's own operation. */
export class Answer extends Operation<number> {
  protected override begin(): void {
    this.succeed(42);
    // @ts-expect-error: the result is a number
    this.succeed("42");
  }

  protected override end(): void {
    this.fail(new Error("cancelled"));
  }
}

export function* own(): Coroutine<void> {
  const answer = yield* new Answer();
  holds<Same<typeof answer, number>>();
}

export function errors(error: SystemError, cancelled: CancelledWrite, address: SocketAddress): void {
  holds<Same<typeof error.code, string>>();
  holds<Same<typeof error.errno, number>>();
  holds<Same<typeof cancelled.bytesWritten, number>>();
  holds<Same<typeof cancelled.code, "ABORT_ERR">>();
  if (address.family === "Unix") holds<Same<typeof address.path, string>>();
  else holds<Same<typeof address.port, number>>();
}

export function slowMessages(): void {
  onSlowMessage(
    (message) => {
      holds<Same<typeof message, SlowMessage>>();
      holds<Same<typeof message.location, SourceLocation | null>>();
    },
    { thresholdMs: 100 },
  );
  onSlowMessage(null);
  onSlowMessage(undefined, {});
  // @ts-expect-error: a threshold is a number
  onSlowMessage(null, { thresholdMs: "100" });
}

interface Key {
  readonly type: "key";
  readonly key: string;
}

interface Move {
  readonly type: "mouse" | "touch";
  readonly x: number;
}

export function* events(loop: EventLoop<Key | Move>): Coroutine<void> {
  loop
    .on("key", (event) => {
      holds<Same<typeof event, Key>>();
    })
    .on("touch", function* (event) {
      holds<Same<typeof event, Move>>();
      yield* sleep(event.x);
    });
  const posted = loop.post({ type: "touch", x: 1 });
  holds<Same<typeof posted, boolean>>();
  for (let event = yield* loop.getEvent(); event; event = yield* loop.getEvent()) {
    holds<Same<typeof event, Key | Move>>();
    loop.processEvent(event);
  }
  const ended = yield* loop.run();
  holds<Same<typeof ended, void>>();
  new EventLoop().on("anything", (event) => {
    holds<Same<typeof event, LoopEvent>>();
  });
  new EventLoop<Key>({
    onError: (_error, event) => {
      holds<Same<typeof event, Key>>();
    },
  });
  // @ts-expect-error: no such type of events
  loop.on("click", () => {});
  // @ts-expect-error: a key stroke has no place
  loop.on("key", (event) => event.x);
  // @ts-expect-error: a key stroke has a key
  loop.post({ type: "key" });
  // @ts-expect-error: no such signal
  loop.postOn("SIGFOO", { type: "key", key: "a" });
  // @ts-expect-error: what comes has a type
  new EventLoop<{ name: string }>();
}

type IsAny<T> = 0 extends 1 & T ? true : false;

/** What is not ours to look into. */
type Foreign =
  | MessagePort
  | AbortSignal
  | AsyncResource
  | ReadonlyMap<unknown, unknown>
  | readonly unknown[]
  | Uint8Array
  | Error
  | Date
  | symbol
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined;

/** Where in a type there is an `any`, as a union of paths; never if nowhere. */
type AnyPaths<T, Path extends string, Depth extends 0[] = []> =
  IsAny<T> extends true
    ? Path
    : [T] extends [never]
      ? never
      : unknown extends T
        ? never
        : Depth["length"] extends 6
          ? never
          : T extends Foreign
            ? never
            : PromiseLike<never> extends T
              ? never
              : T extends Promise<infer R>
                ? AnyPaths<R, `${Path}>`, [...Depth, 0]>
                : T extends abstract new (
                      ...args: infer A
                    ) => infer I
                  ?
                      | AnyPaths<A[number], `new ${Path}(…)`, [...Depth, 0]>
                      | AnyPaths<I, `new ${Path}`, [...Depth, 0]>
                  : T extends (...args: infer A) => infer R
                    ?
                        | AnyPaths<A[number], `${Path}(…)`, [...Depth, 0]>
                        | AnyPaths<R, `${Path}()`, [...Depth, 0]>
                    : {
                        // The standard library's own iterators have throw(error: any).
                        [K in Exclude<keyof T, "throw">]: AnyPaths<
                          T[K],
                          `${Path}.${K extends string ? K : "[symbol]"}`,
                          [...Depth, 0]
                        >;
                      }[Exclude<keyof T, "throw">];

/** All that src/index.ts exports: the values by themselves, the types by name. */
interface Public {
  values: typeof api;
  Barrier: Barrier;
  Body: Body<unknown>;
  Broadcast: Broadcast<Key>;
  CancelledWrite: CancelledWrite;
  Chain: Chain<number>;
  Channel: Channel<Key>;
  ChannelOptions: ChannelOptions;
  Condition: Condition;
  ConnectOptions: ConnectOptions;
  Coroutine: Coroutine<number>;
  Event: Event;
  EventHandler: EventHandler<Key>;
  EventLoop: EventLoop<Key>;
  EventLoopOptions: EventLoopOptions<Key>;
  EventOfType: EventOfType<Key, "key">;
  ListenOptions: ListenOptions;
  Lock: Lock;
  LoopEvent: LoopEvent;
  Model: Model;
  ModelChoice: ModelChoice;
  Mutex: Mutex;
  Operation: Operation<number>;
  Permit: Permit;
  Queue: Queue<Key>;
  QueueOptions: QueueOptions<Key>;
  RateLimiter: RateLimiter;
  RateLimiterOptions: RateLimiterOptions;
  RetryOptions: RetryOptions;
  RunOptions: RunOptions;
  Semaphore: Semaphore;
  SendOperation: SendOperation<Key>;
  Server: Server;
  Settled: Settled<number>;
  SlowMessage: SlowMessage;
  SlowMessageHandler: SlowMessageHandler;
  SlowMessageOptions: SlowMessageOptions;
  Socket: Socket;
  SocketAddress: SocketAddress;
  SourceLocation: SourceLocation;
  Source: Source<number>;
  SpawnOptions: SpawnOptions;
  Subscription: Subscription<Key>;
  SubscriptionOptions: SubscriptionOptions;
  Stream: Stream<number>;
  Suspension: Suspension;
  SystemError: SystemError;
  Task: Task<number>;
  TaskState: TaskState;
  WhenFull: WhenFull;
  Waitable: Waitable<number>;
}

holds<Same<AnyPaths<Public, "pentio">, never>>();

// biome-ignore-start lint/suspicious/noExplicitAny: to see that they are found
interface Careless {
  fine: string;
  deep: { list: (name: string) => Promise<{ value: any }> };
  parameter: (what: any) => void;
  made: new (options: { mode: any }) => string;
}
// biome-ignore-end lint/suspicious/noExplicitAny: to see that they are found
holds<
  Same<
    AnyPaths<Careless, "careless">,
    "careless.deep.list()>.value" | "careless.parameter(…)" | "new careless.made(…).mode"
  >
>();

describe("the types of the public interface", () => {
  it("are inferred, refuse mistakes and have no any, says the compiler", () => {
    const root = fileURLToPath(new URL("../../../", import.meta.url));
    const compiler = join(
      dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
      "bin/tsc",
    );
    const { stdout, error } = spawnSync(
      process.execPath,
      [compiler, "--noEmit", "--pretty", "false", "-p", root],
      {
        encoding: "utf8",
        maxBuffer: 1e8,
      },
    );
    assert.equal(error, undefined);
    // Other folders have tests of their own.
    assert.deepEqual(
      stdout.split("\n").filter((line) => line.startsWith("test/types/")),
      [],
    );
  });
});
