import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { each, pipe, type Source, take, toStream } from "../../../src/stream/index.ts";
import { type Coroutine, run, sleep, timeout } from "../../../src/task/index.ts";
import { collect, Feed, numbers } from "../support/feed.ts";
import { turns } from "../support/operations.ts";

const thisFile = fileURLToPath(import.meta.url);

/** Waits for a first item that never comes. */
function* loop(source: Source<unknown>): Coroutine<void> {
  for (const _ of yield* each(source)) yield* each.next();
}

describe("toStream()", () => {
  it("gives Pentio's own streams as they are", () => {
    const feed = new Feed(1);
    assert.equal(toStream(feed), feed);
    const taken = pipe(feed, take(1));
    assert.equal(toStream(taken), taken);
  });

  it("gives what is not waited for in coroutines alone to for await too", async () => {
    assert.deepEqual(await collect(toStream(new Set([1, 2]))), [1, 2]);
  });

  it("starts an iterable anew for each stream, and closes the iterator of a generator", async () => {
    let closed = 0;
    const iterable = {
      *[Symbol.iterator]() {
        try {
          yield* [1, 2, 3];
        } finally {
          closed++;
        }
      },
    };
    for await (const _ of toStream(iterable)) break;
    assert.equal(closed, 1);
    assert.deepEqual(await collect(toStream(iterable)), [1, 2, 3]);
    assert.equal(closed, 2);
  });

  it("loses no item when the wait for it is cancelled", async () => {
    let answer: (n: number) => void = () => {};
    async function* asked() {
      for (;;)
        yield await new Promise<number>((resolve) => {
          answer = resolve;
        });
    }
    const stream = toStream(asked());
    await assert.rejects(async () => await timeout(0, stream.next()), { code: "ERR_TIMED_OUT" });
    answer(1);
    await turns();
    assert.equal((await stream.next()).value, 1);
    const second = run(() => stream.next());
    await turns();
    answer(2);
    assert.equal((await second).value, 2);
  });

  it("loses no item of an iterable either, or its failure", async () => {
    const error = new Error("at the end");
    function* failing() {
      yield* numbers(1000);
      throw error;
    }
    const stream = toStream(failing());
    const seen: number[] = [];
    const loop = () =>
      run(function* () {
        for (;;) seen.push((yield* stream.next()).value as number);
      });
    for (let cancelled = 0; cancelled < 5; cancelled++) {
      const task = loop();
      const before = seen.length;
      // Every 64 items others have their turn, and so has the cancellation.
      await run(function* () {
        while (seen.length === before) yield* sleep(0);
        yield* task.cancel();
      });
    }
    assert.ok(seen.length < 1000);
    await assert.rejects(loop().promise, error);
    assert.deepEqual(seen, numbers(1000));
  });

  it("refuses what cannot be iterated", () => {
    for (const source of [5, null, undefined, {}, sleep(1)]) {
      assert.throws(() => toStream(source as unknown as Source<number>), {
        name: "TypeError",
        code: "ERR_INVALID_ARG_TYPE",
      });
    }
  });

  it("says so if what looks like a stream is none", async () => {
    const cursor = {
      next: async () => "a document",
      async *[Symbol.asyncIterator]() {
        yield "a document";
      },
    };
    await assert.rejects(run(() => loop(cursor)).promise, {
      code: "ERR_INVALID_STATE",
      message: /source\[Symbol\.asyncIterator\]\(\)/,
    });
    assert.deepEqual(await collect(toStream(cursor[Symbol.asyncIterator]())), ["a document"]);
  });

  describe("of an async generator", () => {
    it("passes its failure on", async () => {
      async function* failing() {
        yield 1;
        throw new Error("in the generator");
      }
      const stream = toStream(failing());
      assert.equal((await stream.next()).value, 1);
      await assert.rejects(async () => await stream.next(), /in the generator/);
    });

    it("runs its finally block when the loop is left, which the task waits for", async () => {
      const log: string[] = [];
      async function* generate() {
        try {
          yield* [1, 2, 3];
        } finally {
          await turns();
          log.push("closed");
        }
      }
      await run(function* () {
        for (const _ of yield* each(generate())) break;
      });
      assert.deepEqual(log, ["closed"]);
    });

    it("lets a cancelled task go although the generator waits for ever", async () => {
      let waiting = false;
      async function* hanging() {
        waiting = true;
        await new Promise(() => {});
        yield 1;
      }
      const task = run(() => loop(hanging()));
      while (!waiting) await turns(1);
      await task.cancel();
      assert.equal(task.state, "cancelled");
    });
  });

  describe("of a Readable", () => {
    it("gives the chunks of a real file", async () => {
      const chunks = await run(function* () {
        const chunks: Buffer[] = [];
        for (const chunk of yield* each<Buffer>(createReadStream(thisFile, { highWaterMark: 100 }))) {
          chunks.push(chunk);
          yield* each.next();
        }
        return chunks;
      });
      assert.ok(chunks.length > 10);
      assert.match(Buffer.concat(chunks).toString(), /gives the chunks of a real file/);
    });

    it("destroys it when the loop is left", async () => {
      const readable = createReadStream(thisFile, { highWaterMark: 100 });
      await run(function* () {
        for (const _ of yield* each<Buffer>(readable)) break;
      });
      assert.equal(readable.destroyed, true);
    });

    it("destroys it when the task is cancelled, even while it waits for a pipe that says nothing", async () => {
      const child = spawn("cat", { stdio: ["pipe", "pipe", "inherit"] });
      const task = run(() => loop(child.stdout));
      while (child.stdout.listenerCount("readable") === 0) await turns(1);
      await task.cancel();
      assert.equal(child.stdout.destroyed, true);
      child.stdin.end();
      await new Promise((resolve) => child.on("exit", resolve));
    });

    it("fails as it fails", async () => {
      const missing = createReadStream("/nowhere/at/all");
      await assert.rejects(run(() => loop(missing)).promise, { code: "ENOENT" });
    });

    it("reads no more than its highWaterMark ahead of the consumer", async () => {
      let made = 0;
      const readable = new Readable({
        objectMode: true,
        highWaterMark: 5,
        read() {
          this.push(++made);
        },
      });
      const stream = toStream<number>(readable);
      for (const expected of numbers(3)) assert.equal((await stream.next()).value, expected);
      await turns();
      assert.ok(made <= 3 + 5 + 1, `${made} made`);
      await stream.return!();
    });
  });

  describe("of a ReadableStream", () => {
    it("gives the body of a response", async () => {
      const text = "long ".repeat(100_000);
      const { body } = new Response(text);
      let length = 0;
      await run(function* () {
        for (const chunk of yield* each(body!)) {
          length += chunk.length;
          yield* each.next();
        }
      });
      assert.equal(length, text.length);
    });

    it("cancels it when the task is cancelled, even while it waits", async () => {
      let cancelled = 0;
      const silent = new ReadableStream({
        cancel() {
          cancelled++;
        },
      });
      const task = run(() => loop(silent));
      while (!silent.locked) await turns(1);
      await task.cancel();
      assert.equal(cancelled, 1);
    });

    it("fails as it fails", async () => {
      const error = new Error("of the stream");
      const failing = new ReadableStream({
        start(controller) {
          controller.error(error);
        },
      });
      await assert.rejects(run(() => loop(failing)).promise, error);
    });
  });
});
