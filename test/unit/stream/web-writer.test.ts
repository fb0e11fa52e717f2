import assert from "node:assert/strict";
import { WritableStream } from "node:stream/web";
import { describe, it } from "node:test";
import { into, map, pipe } from "../../../src/stream/index.ts";
import { run } from "../../../src/task/index.ts";
import { Feed, numbers } from "../support/feed.ts";
import { turns } from "../support/operations.ts";

/** A sink that holds each item until it is told to take it. */
class Slow {
  readonly log: unknown[] = [];
  release: (() => void) | null = null;

  write(item: unknown): Promise<void> {
    this.log.push(item);
    return new Promise((resolve) => {
      this.release = () => {
        this.release = null;
        resolve();
      };
    });
  }

  close(): void {
    this.log.push("closed");
  }

  abort(reason: unknown): void {
    this.log.push(`aborted: ${(reason as Error).message}`);
  }
}

describe("into() a WritableStream", () => {
  it("writes through a real compression", async () => {
    const { readable, writable } = new CompressionStream("gzip");
    const unzipped = readable.pipeThrough(new DecompressionStream("gzip"));
    const [text] = await Promise.all([
      new Response(unzipped as unknown as ReadableStream).text(),
      pipe(
        numbers(10_000),
        map((n) => Buffer.from(`${n}\n`)),
        into(writable as WritableStream<Uint8Array>),
      ),
    ]);
    assert.equal(text, `${numbers(10_000).join("\n")}\n`);
  });

  it("takes no more from the source than its highWaterMark allows", async () => {
    const slow = new Slow();
    const web = new WritableStream(slow, { highWaterMark: 3 });
    const feed = new Feed(...numbers(10)).end();
    const task = run(() => pipe(feed, into(web)));
    while (feed.taken < 4) await turns(1);
    await turns();
    // Three are in the stream, and one waits at its door.
    assert.equal(feed.taken, 4);
    for (const n of numbers(10)) {
      while (!slow.release) await turns(1);
      assert.equal(slow.log.length, n);
      slow.release();
    }
    await task;
    assert.deepEqual(slow.log, [...numbers(10), "closed"]);
    assert.equal(web.locked, false);
  });

  it("leaves it open if told so, and is done when all is written", async () => {
    const slow = new Slow();
    const web = new WritableStream(slow, { highWaterMark: 3 });
    const task = run(() => pipe([1], into(web, { end: false })));
    while (!slow.release) await turns(1);
    await turns();
    assert.equal(task.state, "running");
    slow.release();
    await task;
    assert.deepEqual(slow.log, [1]);
    await web.close();
  });

  it("fails as it fails, and closes the source, which has nothing to say at the moment", async () => {
    let fail: (error: Error) => void = () => {};
    const web = new WritableStream({
      start(controller) {
        fail = (error) => controller.error(error);
      },
    });
    const feed = new Feed<number>();
    const task = run(() => pipe(feed, into(web)));
    while (!feed.isAwaited) await turns(1);
    fail(new Error("connection lost"));
    await assert.rejects(task.promise, /connection lost/);
    assert.equal(feed.closed, 1);
    assert.equal(feed.isAwaited, false);
  });

  it("aborts it with the source's error", async () => {
    const slow = new Slow();
    const web = new WritableStream(slow);
    const error = new Error("of the source");
    await assert.rejects(run(() => pipe(new Feed<number>().fail(error), into(web))).promise, error);
    assert.deepEqual(slow.log, ["aborted: of the source"]);
  });

  it("aborts it when the task is cancelled", async () => {
    const slow = new Slow();
    const feed = new Feed<number>();
    const task = run(() => pipe(feed, into(new WritableStream(slow))));
    while (!feed.isAwaited) await turns(1);
    await task.cancel();
    assert.deepEqual(slow.log, ["aborted: The task was cancelled"]);
    assert.equal(feed.closed, 1);
  });

  it("refuses one that has another writer, and closes the source", async () => {
    const web = new WritableStream();
    web.getWriter();
    const feed = new Feed(1);
    await assert.rejects(async () => await pipe(feed, into(web)), { code: "ERR_INVALID_STATE" });
    assert.equal(feed.closed, 1);
  });
});
