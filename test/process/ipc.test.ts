import assert from "node:assert/strict";
import { type ChildProcess, spawn as spawnProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { spawn, type Task } from "../../src/index.ts";
import { type Connection, connectQueue, pipe, serveQueue } from "../../src/ipc/index.ts";
import type { Coroutine, Operation } from "../../src/task/index.ts";
import { rejects, settle } from "../support/coroutines.ts";
import { describeModels } from "../support/runtimes.ts";
import { usedMemory } from "../support/settling.ts";

const guard = { timeout: 180_000 };
const program = fileURLToPath(new URL("../support/ipc-process.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "pentio-ipc-"));
const children = new Set<ChildProcess>();
const broken = { code: "ERR_CONNECTION_BROKEN" };
const ended = { code: "ERR_CHANNEL_CLOSED" };
const endedPeer = { code: "ERR_PEER_ENDED" };

after(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

function start(args: readonly (string | number)[], env: NodeJS.ProcessEnv, fd?: number): ChildProcess {
  const child = spawnProcess(process.execPath, [program, ...args.map(String)], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit", ...(fd === undefined ? [] : [fd])],
  });
  children.add(child);
  return child;
}

/** A process that has the other end of a pipe. */
function* connected(model: string, ...args: (string | number)[]): Coroutine<[Connection, ChildProcess]> {
  const [ours, theirs] = pipe();
  const child = start(args, { PENTIO_MODEL: model, PENTIO_CONNECTION: "3" }, theirs.fd);
  yield* theirs.close();
  return [ours, child];
}

/** Waits until a process has printed something. */
function* printed(child: ChildProcess): Coroutine<string> {
  const [text] = yield* settle(once(child.stdout!, "data"));
  return String(text);
}

function* outputOf(child: ChildProcess): Coroutine<number[]> {
  const chunks = yield* settle(child.stdout!.toArray());
  return JSON.parse(chunks.join(""));
}

/** Ends a process where it stands. */
function* kill(child: ChildProcess): Coroutine<void> {
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  yield* settle(exit);
}

describeModels((runtime) => {
  // The two that programs run on; a connection is a socket, which the others know.
  if (!["epoll", "io_uring"].includes(runtime.model)) return;
  let paths = 0;
  const newPath = () => join(folder, `${runtime.model}-${paths++}`);

  describe("a pipe to a process", () => {
    it(
      "brings 100,000 messages in order, and then the end",
      guard,
      () =>
        runtime.run(function* () {
          const [connection] = yield* connected(runtime.model, "count", 100_000);
          for (let i = 0; i < 100_000; i++) assert.equal(yield* connection.receive(), i);
          yield* rejects(connection.receive(), ended);
          yield* connection.close();
        }).promise,
    );

    it(
      "brings messages there and back",
      guard,
      () =>
        runtime.run(function* () {
          const [connection, child] = yield* connected(runtime.model, "echo");
          const exit = once(child, "exit");
          const message = { bytes: Buffer.alloc(500_000, 7), map: new Map([[1, [2n]]]) };
          const sending = yield* spawn(() => connection.send(message));
          assert.deepEqual(yield* connection.receive(), message);
          yield* sending;
          yield* connection.close();
          // It is told the end, and goes by itself.
          assert.deepEqual(yield* settle(exit), [0, null]);
        }).promise,
    );

    it(
      "breaks when the process is killed in the middle of a frame",
      guard,
      () =>
        runtime.run(function* () {
          const [connection, child] = yield* connected(runtime.model, "partial");
          yield* printed(child);
          const receiving = yield* spawn(() => rejects(connection.receive(), broken));
          yield* kill(child);
          yield* receiving;
          yield* connection.close();
        }).promise,
    );

    it(
      "tells who sends that the process was killed, in the middle of a frame or not",
      guard,
      () =>
        runtime.run(function* () {
          const [connection, child] = yield* connected(runtime.model, "deaf");
          yield* printed(child);
          const sending = yield* spawn(function* () {
            for (;;) {
              const send = connection.send(Buffer.alloc(1_000_000));
              try {
                yield* send;
              } catch (error) {
                return (error as NodeJS.ErrnoException).code!;
              }
            }
          });
          yield* kill(child);
          assert.match(yield* sending, /^(EPIPE|ECONNRESET)$/);
          yield* connection.close();
        }).promise,
    );

    it(
      "holds up a process that sends faster than we receive",
      guard,
      () =>
        runtime.run(function* () {
          const [connection, child] = yield* connected(runtime.model, "flood");
          const before = yield* settle(usedMemory());
          // Each takes one message of hundreds; were the rest read ahead, it would be here.
          for (let i = 0; i < 200; i++) yield* connection.receive();
          assert.ok(process.memoryUsage().arrayBuffers - before < 100_000_000);
          yield* kill(child);
          yield* connection.close();
        }).promise,
    );
  });

  describe("a queue between processes", () => {
    it(
      "loses and doubles nothing with several producers and consumers",
      guard,
      () =>
        runtime.run(function* () {
          const path = newPath();
          const server = yield* serveQueue<number>({ path, capacity: 10 });
          const env = { PENTIO_MODEL: runtime.model };
          const consumers = [1, 2].map(() => start(["consume", path], env));
          const producers = [0, 1].map((i) => start(["produce", path, i * 500, 500], env));
          const outputs = [];
          for (const consumer of consumers) outputs.push(yield* spawn(() => outputOf(consumer)));
          const queue = server.open();
          for (let i = 1000; i < 1200; i++) yield* queue.put(i);
          for (const producer of producers)
            if (producer.exitCode === null) yield* settle(once(producer, "exit"));
          server.close();
          const got: number[] = [];
          for (const output of outputs) got.push(...(yield* output));
          assert.deepEqual(
            got.sort((a, b) => a - b),
            Array.from({ length: 1200 }, (_, i) => i),
          );
          yield* server.emptying();
          yield* server.stop();
          assert.ok(!existsSync(path));
        }).promise,
    );

    it(
      "tells the end also to who asks when the service has stopped",
      guard,
      () =>
        runtime.run(function* () {
          const server = yield* serveQueue<number>();
          const queue = server.open();
          yield* queue.put(1);
          assert.equal(yield* queue.get(), 1);
          server.close();
          yield* server.emptying();
          yield* server.stop();
          for (let i = 0; i < 2; i++) assert.deepEqual(yield* queue.next(), { done: true, value: undefined });
          yield* queue.leave();
        }).promise,
    );

    it(
      "lets put wait while it is full",
      guard,
      () =>
        runtime.run(function* () {
          const server = yield* serveQueue<number>({ capacity: 3 });
          const queue = server.open();
          for (let i = 0; i < 3; i++) assert.equal(yield* queue.tryPut(i), true);
          assert.equal(yield* queue.tryPut(3), false);
          let isPut = false;
          const putting = yield* spawn(function* () {
            yield* queue.put(3);
            isPut = true;
          });
          assert.equal(yield* queue.size(), 3);
          assert.equal(isPut, false);
          assert.equal(yield* queue.get(), 0);
          yield* putting;
          for (let i = 1; i < 4; i++) assert.equal(yield* queue.tryGet(), i);
          assert.equal(yield* queue.tryGet(), undefined);
          yield* server.stop();
          yield* rejects(queue.get(), endedPeer);
          yield* queue.leave();
        }).promise,
    );

    it(
      "serves consumers in the order in which they asked, and gives what a cancelled one had to the next",
      guard,
      () =>
        runtime.run(function* () {
          const path = newPath();
          const server = yield* serveQueue<number>({ path });
          const queues = [server.open(), yield* connectQueue<number>(path), server.open()];
          const got: string[] = [];
          const tasks = [];
          for (const [i, queue] of queues.entries()) {
            tasks.push(
              yield* spawn(function* () {
                got.push(`${i}: ${yield* queue.get()}`);
              }),
            );
            // Its request has arrived when a later one is answered.
            yield* queue.size();
          }
          yield* tasks[1]!.cancel();
          for (const item of [10, 11]) yield* queues[0]!.put(item);
          for (const i of [0, 2]) yield* tasks[i]!;
          assert.deepEqual(got.sort(), ["0: 10", "2: 11"]);
          for (const queue of queues) yield* queue.leave();
          yield* server.stop();
        }).promise,
    );

    it(
      "loses and doubles nothing when waits are cancelled again and again",
      guard,
      () =>
        runtime.run(function* () {
          const server = yield* serveQueue<number>({ capacity: 5 });
          const queue = server.open();
          const other = server.open();
          const putting = yield* spawn(function* () {
            for (let i = 0; i < 300; i++) yield* other.put(i);
            yield* other.close();
          });
          const got: number[] = [];
          for (let i = 0; got.length < 300; i++) {
            const getting = yield* spawn(function* () {
              got.push(yield* queue.get());
            });
            if (i % 3 === 0) yield* getting;
            else if (i % 3 === 1) yield* queue.size();
            yield* getting.cancel();
          }
          yield* putting;
          assert.deepEqual(
            got.sort((a, b) => a - b),
            Array.from({ length: 300 }, (_, i) => i),
          );
          yield* rejects(queue.get(), ended);
          assert.deepEqual(yield* queue.next(), { done: true, value: undefined });
          yield* server.stop();
        }).promise,
    );

    it(
      "gives back whatever a task had when it was cancelled before it went on, undefined too",
      guard,
      () =>
        runtime.run(function* () {
          const server = yield* serveQueue<unknown>({ capacity: 5 });
          const queue = server.open();
          for (const item of [undefined, null, 7, Buffer.from("bytes")]) {
            for (const ask of [() => queue.get(), () => queue.next()]) {
              let got = 0;
              // Both are answered at once, and who goes on first cancels the other.
              const tasks: Task<unknown>[] = [];
              for (const other of [1, 0]) {
                tasks.push(
                  yield* spawn(function* () {
                    yield* ask();
                    got++;
                    yield* tasks[other]!.cancel();
                  }),
                );
              }
              yield* queue.size();
              const puts = [yield* spawn(() => queue.put(item)), yield* spawn(() => queue.put(item))];
              for (const put of puts) yield* put;
              for (const task of tasks) yield* settle(Promise.resolve(task).catch(() => {}));
              const left = yield* queue.size();
              assert.equal(got + left, 2, `all of ${String(item)} are there`);
              for (let i = 0; i < left; i++) assert.deepEqual(yield* queue.get(), item);
            }
          }
          yield* queue.leave();
          yield* server.stop();
        }).promise,
    );

    it(
      "gives what a killed consumer had not got to another",
      guard,
      () =>
        runtime.run(function* () {
          const server = yield* serveQueue<number>();
          const queue = server.open();
          const [connection, child] = yield* connected(runtime.model, "ask");
          server.attach(connection);
          yield* printed(child);
          // What the other asks for after it comes after it.
          yield* queue.put(1);
          assert.equal(yield* queue.size(), 0, "the item was given to the process");
          yield* kill(child);
          assert.equal(yield* queue.get(), 1);
          yield* server.stop();
        }).promise,
    );

    for (const what of ["get", "put"] as const) {
      it(
        `tells who waits to ${what} that the queue's process was killed`,
        guard,
        () =>
          runtime.run(function* () {
            const path = newPath();
            const child = start(["serve", path], { PENTIO_MODEL: runtime.model });
            yield* printed(child);
            const queue = yield* connectQueue<number>(path);
            if (what === "put") yield* queue.put(1);
            const wait: Operation<unknown> = what === "put" ? queue.put(2) : queue.get();
            const waiting = yield* spawn(() => rejects(wait, endedPeer));
            // Its request has arrived when a later one is answered.
            yield* queue.size();
            yield* kill(child);
            yield* waiting;
            yield* rejects(queue.put(3), endedPeer);
            yield* queue.leave();
          }).promise,
      );
    }
  });
});
