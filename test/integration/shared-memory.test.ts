import assert from "node:assert/strict";
import { on, once } from "node:events";
import { after, describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { type Coroutine, sleep, spawn } from "../../src/index.ts";
import { Mailbox, openMailbox, pipe, SharedChannel, SharedMutex } from "../../src/ipc/index.ts";
import { rejects, settle } from "../support/coroutines.ts";
import type { ThreadWork } from "../support/ipc-thread.ts";
import { describeModels, type Runtime } from "../support/runtimes.ts";
import { usedMemory } from "../support/settling.ts";

const guard = { timeout: 180_000 };
const program = new URL("../support/ipc-thread.js", import.meta.url);
const endedPeer = { name: "PeerEndedError", code: "ERR_PEER_ENDED" };
const threads = new Set<Thread>();

/** A thread that does some work; what it posts is kept until somebody asks. */
class Thread {
  readonly worker: Worker;
  readonly ended: Promise<unknown>;
  private readonly messages: AsyncIterator<unknown[]>;

  constructor({ model }: Runtime, work: ThreadWork) {
    this.worker = new Worker(program, { workerData: { work, model } });
    this.ended = once(this.worker, "exit");
    this.messages = on(this.worker, "message");
    threads.add(this);
  }

  *message(): Coroutine<unknown> {
    const { value } = yield* settle(this.messages.next());
    return value[0];
  }
}

/** Starts a thread, and waits until it is about to do its work. */
function* start(runtime: Runtime, work: ThreadWork): Coroutine<Thread> {
  const thread = new Thread(runtime, work);
  assert.equal(yield* thread.message(), "ready");
  return thread;
}

/** Checks that a coroutine fails. */
function* failsWith(body: () => Coroutine<unknown>, expected: object): Coroutine<void> {
  let error: unknown;
  try {
    yield* body();
  } catch (thrown) {
    error = thrown;
  }
  assert.throws(() => {
    throw error;
  }, expected);
}

function* receiveAll<T>(channel: SharedChannel<T>): Coroutine<T[]> {
  const got: T[] = [];
  for (let next = yield* channel.next(); !next.done; next = yield* channel.next()) got.push(next.value);
  return got;
}

function* sendForEver(channel: SharedChannel<Buffer>): Coroutine<never> {
  for (;;) yield* channel.send(Buffer.alloc(100));
}

function* receiveForEver(mailbox: Mailbox): Coroutine<never> {
  for (;;) yield* mailbox.receive();
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

after(() => Promise.all([...threads].map(({ worker }) => worker.terminate())));

describeModels((runtime) => {
  // The two that programs run on, and one that waits in Node's place.
  if (!["epoll", "io_uring", "poll"].includes(runtime.model)) return;

  describe("a mailbox", () => {
    it(
      "gets 100,000 messages of a thread in order, though few fit into it",
      guard,
      () =>
        runtime.run(function* () {
          const mailbox = new Mailbox<number>({ capacityBytes: 4096 });
          yield* start(runtime, { does: "post", channel: mailbox.address, from: 0, count: 100_000 });
          for (let i = 0; i < 100_000; i++) assert.equal(yield* mailbox.receive(), i);
          assert.equal(mailbox.size, 0);
        }).promise,
    );

    it(
      "tells its receiver when all who had it open have ended, after what they had posted",
      guard,
      () =>
        runtime.run(function* () {
          const mailbox = new Mailbox<number>();
          const { ended } = yield* start(runtime, {
            does: "post",
            channel: mailbox.address,
            from: 0,
            count: 10,
          });
          yield* settle(ended);
          for (let i = 0; i < 10; i++) assert.equal(yield* mailbox.receive(), i);
          yield* rejects(mailbox.receive(), endedPeer);
          yield* start(runtime, { does: "post", channel: mailbox.address, from: 5, count: 1 });
          assert.equal(yield* mailbox.receive(), 5);
        }).promise,
    );

    it("has one receiver", () =>
      runtime.run(function* () {
        const mailbox = new Mailbox();
        assert.throws(() => SharedChannel.open(mailbox.address, { role: "receive" }), {
          code: "ERR_INVALID_STATE",
        });
        yield* SharedChannel.open(mailbox.address, { role: "send" }).send("from here");
        assert.equal(yield* mailbox.receive(), "from here");
      }).promise);
  });

  if (runtime.model === "poll") return;

  describe("a channel between threads", () => {
    it(
      "loses and doubles nothing with several threads at either end",
      guard,
      () =>
        runtime.run(function* () {
          const channel = new SharedChannel<number>({ role: "both", capacityBytes: 2048 });
          const { address } = channel;
          const receivers: Thread[] = [];
          const senders: Thread[] = [];
          for (const _ of [1, 2])
            receivers.push(yield* start(runtime, { does: "receive", channel: address, tasks: 3 }));
          const receiving = yield* spawn(() => receiveAll(channel));
          for (const i of [0, 1])
            senders.push(
              yield* start(runtime, { does: "send", channel: address, from: i * 2000, count: 2000 }),
            );
          for (let i = 4000; i < 5000; i++) yield* channel.send(i);
          for (const { ended } of senders) yield* settle(ended);
          channel.close();
          const all = [...(yield* receiving)];
          for (const receiver of receivers) all.push(...((yield* receiver.message()) as number[]));
          assert.deepEqual(
            all.sort((a, b) => a - b),
            numbers(5000),
          );
        }).promise,
    );

    it(
      "loses nothing when receives are cancelled again and again, here and there",
      guard,
      () =>
        runtime.run(function* () {
          const channel = new SharedChannel<number>({ role: "both", capacityBytes: 1024 });
          const receiver = yield* start(runtime, { does: "receive", channel: channel.address });
          const sender = yield* start(runtime, {
            does: "send",
            channel: channel.address,
            from: 0,
            count: 2000,
          });
          const got: number[] = [];
          for (let i = 0; i < 200; i++) {
            const receiving = yield* spawn(function* () {
              got.push(yield* channel.receive());
            });
            if (i % 3 > 0) yield* sleep(0);
            yield* receiving.cancel();
          }
          const rest = yield* spawn(() => receiveAll(channel));
          yield* settle(sender.ended);
          channel.close();
          got.push(...(yield* rest), ...((yield* receiver.message()) as number[]));
          assert.deepEqual(
            got.sort((a, b) => a - b),
            numbers(2000),
          );
        }).promise,
    );

    it(
      "lets sends wait while it is full, and has them go on when a thread receives",
      guard,
      () =>
        runtime.run(function* () {
          const channel = new SharedChannel<Buffer>({ role: "send", capacityBytes: 4096 });
          const message = Buffer.alloc(1000);
          let sent = 0;
          const sending = yield* spawn(function* () {
            for (; sent < 20; sent++) yield* channel.send(message);
            channel.close();
          });
          while (channel.trySend(message)) sent++;
          assert.equal(sent, 4);
          assert.equal(channel.size, 4);
          const thread = yield* start(runtime, { does: "receive", channel: channel.address });
          const got = (yield* thread.message()) as Buffer[];
          yield* sending;
          assert.equal(got.length, 20);
        }).promise,
    );

    it(
      "tells who waits to send that the last receiver has ended, and who waits to receive that the last sender has",
      guard,
      () =>
        runtime.run(function* () {
          for (const [role, work] of [
            ["send", "receive"],
            ["receive", "send"],
          ] as const) {
            const channel = new SharedChannel<Buffer>({ capacityBytes: 1024, role });
            const { worker } = yield* start(runtime, { does: "join", channel: channel.address, role: work });
            const waiting = yield* spawn(() =>
              failsWith(() => (role === "send" ? sendForEver(channel) : receiveAll(channel)), endedPeer),
            );
            yield* settle(worker.terminate());
            yield* waiting;
          }
        }).promise,
    );
  });

  describe("a mutex between threads", () => {
    it(
      "lets one task of one thread in at a time",
      guard,
      () =>
        runtime.run(function* () {
          const mutex = new SharedMutex();
          const memory = new SharedArrayBuffer(8);
          const words = new Int32Array(memory);
          const counting = [1, 2].map(
            () => new Thread(runtime, { does: "count", mutex: mutex.address, memory, count: 200 }),
          );
          for (let i = 0; i < 200; i++) {
            using _ = yield* mutex.lock();
            words[0] = words[0]! + 1;
          }
          for (const { ended } of counting) yield* settle(ended);
          assert.equal(words[0], 2 * 2 * 200 + 200);
          assert.equal(mutex.isLocked, false);
        }).promise,
    );

    it(
      "goes on to the next when the thread that holds it is ended, and says so",
      guard,
      () =>
        runtime.run(function* () {
          const mutex = new SharedMutex();
          const { worker } = yield* start(runtime, { does: "hold", mutex: mutex.address });
          assert.equal(mutex.tryLock(), null);
          const waiting = yield* spawn(() => mutex.lock());
          yield* settle(worker.terminate());
          const lock = yield* waiting;
          assert.equal(lock.isAbandoned, true);
          lock.release();
          using again = yield* mutex.lock();
          assert.equal(again.isAbandoned, false);
        }).promise,
    );
  });

  describe("a thread that opens one memory again and again, as it comes in messages", () => {
    it(
      "takes part in it once, also when it has let go of it in between",
      guard,
      () =>
        runtime.run(function* () {
          const mailbox = new Mailbox<number>();
          const mutex = new SharedMutex();
          for (let i = 0; i < 200; i++) {
            yield* openMailbox<number>(structuredClone(mailbox.address)).post(i);
            SharedMutex.open(structuredClone(mutex.address)).tryLock()!.release();
            if (i % 50 === 0) yield* settle(usedMemory());
          }
          for (let i = 0; i < 200; i++) assert.equal(yield* mailbox.receive(), i);
        }).promise,
    );

    it(
      "is told for all who wait there, when one of them is cancelled, too",
      guard,
      () =>
        runtime.run(function* () {
          const channel = new SharedChannel<number>({ role: "both" });
          const again = SharedChannel.open<number>(structuredClone(channel.address), { role: "receive" });
          const got: number[] = [];
          const receivers = [];
          for (const each of [channel, again, channel, again])
            receivers.push(
              yield* spawn(function* () {
                got.push(yield* each.receive());
              }),
            );
          yield* sleep(1);
          yield* receivers[0]!.cancel();
          yield* receivers[1]!.cancel();
          yield* start(runtime, { does: "send", channel: channel.address, from: 1, count: 2 });
          yield* receivers[2]!;
          yield* receivers[3]!;
          assert.deepEqual(got.sort(), [1, 2]);
        }).promise,
    );

    it(
      "has room for all who send there",
      guard,
      () =>
        runtime.run(function* () {
          const channel = new SharedChannel<Buffer>({ role: "send", capacityBytes: 1024 });
          const again = SharedChannel.open<Buffer>(structuredClone(channel.address), { role: "send" });
          const senders = [];
          for (const each of [channel, again, channel, again])
            senders.push(
              yield* spawn(function* () {
                for (let i = 0; i < 100; i++) yield* each.send(Buffer.alloc(400, i));
              }),
            );
          const receiving = yield* start(runtime, { does: "receive", channel: channel.address });
          for (const sender of senders) yield* sender;
          channel.close();
          assert.equal(((yield* receiving.message()) as unknown[]).length, 400);
        }).promise,
    );

    it(
      "is let in by its mutex once at a time",
      guard,
      () =>
        runtime.run(function* () {
          const mutex = new SharedMutex();
          const again = SharedMutex.open(structuredClone(mutex.address));
          const memory = new SharedArrayBuffer(8);
          const counting = new Thread(runtime, { does: "count", mutex: mutex.address, memory, count: 100 });
          let inside = 0;
          const tasks = [];
          for (const each of [mutex, again, mutex, again])
            tasks.push(
              yield* spawn(function* () {
                for (let i = 0; i < 50; i++) {
                  using lock = yield* each.lock();
                  assert.deepEqual([lock.isAbandoned, ++inside], [false, 1]);
                  assert.equal(again.tryLock(), null);
                  yield* sleep(0);
                  inside--;
                }
              }),
            );
          for (const task of tasks) yield* task;
          yield* settle(counting.ended);
          assert.equal(mutex.isLocked, false);
        }).promise,
    );
  });

  describe("a thread", () => {
    it(
      "may be ended while it has locked the memory, and the next takes the lock over",
      guard,
      () =>
        runtime.run(function* () {
          const channel = new SharedChannel<string>({ role: "both" });
          const { worker, ended } = yield* start(runtime, { does: "seize", channel: channel.address });
          worker.terminate();
          // Blocks this thread until the other is no more.
          assert.equal(channel.trySend("not lost"), true);
          assert.equal(channel.tryReceive(), "not lost");
          yield* settle(ended);
        }).promise,
    );

    it(
      "is given one end of a pipe, and the other end is told when it has ended",
      guard,
      () =>
        runtime.run(function* () {
          const [ours, theirs] = pipe();
          yield* start(runtime, { does: "echo", fd: theirs.detach() });
          const message = { bytes: Buffer.alloc(300_000, 7) };
          const sending = yield* spawn(() => ours.send(message));
          assert.deepEqual(yield* ours.receive(), message);
          yield* sending;
          yield* ours.send("go");
          assert.deepEqual(yield* ours.next(), { done: true, value: undefined });
          yield* ours.close();
        }).promise,
    );

    // Twice ten times.
    for (let i = 0; i < 10; i++) {
      it(
        `may be ended amid messages in both directions, ${i}`,
        guard,
        () =>
          runtime.run(function* () {
            const channel = new SharedChannel<Buffer>({ role: "send", capacityBytes: 1024 });
            const mailbox = new Mailbox({ capacityBytes: 1024 });
            const { worker, ended } = yield* start(runtime, {
              does: "exchange",
              channel: channel.address,
              back: mailbox.address,
            });
            const sending = yield* spawn(() => failsWith(() => sendForEver(channel), endedPeer));
            for (let got = 0; got < 100 * i; got++) yield* mailbox.receive();
            worker.terminate();
            yield* failsWith(() => receiveForEver(mailbox), endedPeer);
            yield* sending;
            yield* settle(ended);
          }).promise,
      );
    }
  });
});
