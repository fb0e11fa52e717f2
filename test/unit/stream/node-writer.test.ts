import assert from "node:assert/strict";
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, get } from "node:http";
import { connect, createServer as createHttp2Server, type Http2Server } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { createGzip, gunzipSync } from "node:zlib";
import { into, map, pipe } from "../../../src/stream/index.ts";
import { run, type Task } from "../../../src/task/index.ts";
import { settled } from "../../support/settling.ts";
import { collect, Feed, numbers } from "../support/feed.ts";
import { turns } from "../support/operations.ts";

const guard = { timeout: 180_000 };

/** @returns the port that it has got */
async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** A writable that holds each item until it is told to take it. */
class Slow extends Writable {
  readonly items: unknown[] = [];
  release: (() => void) | null = null;

  constructor(highWaterMark: number) {
    super({ objectMode: true, highWaterMark });
  }

  override _write(item: unknown, _encoding: string, done: () => void): void {
    this.items.push(item);
    this.release = () => {
      this.release = null;
      done();
    };
  }
}

describe("into() a Writable", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "pentio-"));
  });

  after(() => rm(folder, { recursive: true }));

  it("writes a real file, which is complete when it is done", async () => {
    const path = join(folder, "numbers");
    await pipe(
      numbers(10_000),
      map((n) => `${n}\n`),
      into(createWriteStream(path)),
    );
    assert.equal(await readFile(path, "utf8"), `${numbers(10_000).join("\n")}\n`);
  });

  it("copies a real file through zlib", async () => {
    const gzip = createGzip();
    const [zipped] = await Promise.all([
      collect<Buffer>(gzip),
      pipe(createReadStream(process.execPath, { end: 3_000_000 }), into(gzip)),
    ]);
    const original = (await readFile(process.execPath)).subarray(0, 3_000_001);
    assert.ok(gunzipSync(Buffer.concat(zipped)).equals(original));
  });

  it("answers a request of node:http at the client's pace", guard, async () => {
    const chunk = Buffer.alloc(100_000, "x");
    let made = 0;
    const server = createServer((_request, response) => {
      const endless = map(() => {
        made++;
        return chunk;
      });
      run(() => pipe(numbers(10_000), endless, into(response))).then(undefined, () => {});
    });
    const port = await listen(server);
    await new Promise<void>((resolve) => {
      get({ port, host: "127.0.0.1" }, async (response) => {
        // The client reads nothing, so the kernel's buffers fill up, and then the pipe waits.
        response.pause();
        await settled(() => made);
        assert.ok(made < 5000, `${made} chunks were made for a client that reads nothing`);
        response.destroy();
        resolve();
      });
    });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  for (const [what, answer] of [
    ["a response", (server, sink) => server.on("request", (_request, response) => sink(response))],
    [
      "a stream",
      (server, sink) =>
        server.on("stream", (stream) => {
          stream.respond({ ":status": 200 });
          sink(stream);
        }),
    ],
  ] as [string, (server: Http2Server, sink: (sink: Writable) => void) => void][]) {
    it(
      `answers by ${what} of node:http2 at the client's pace, and learns that the client has left`,
      guard,
      async () => {
        const chunk = Buffer.alloc(100_000, "x");
        let made = 0;
        let answering: Task<void> | undefined;
        const server = createHttp2Server();
        answer(server, (sink) => {
          const chunks = map(() => {
            made++;
            return chunk;
          });
          answering = run(() => pipe(numbers(200), chunks, into(sink)));
          answering.promise.catch(() => {});
        });
        const client = connect(`http://127.0.0.1:${await listen(server)}`);
        const whole = await collect<Buffer>(client.request({ ":path": "/" }));
        assert.equal(Buffer.concat(whole).length, 200 * chunk.length);
        await answering;
        made = 0;
        const unread = client.request({ ":path": "/" }).pause();
        await once(unread, "response");
        await settled(() => made);
        assert.ok(made < 100, `${made} chunks were made for a client that reads nothing`);
        unread.on("error", () => {});
        unread.close();
        await assert.rejects(answering!.promise, { code: "ERR_STREAM_PREMATURE_CLOSE" });
        client.destroy();
        await new Promise((resolve) => server.close(resolve));
      },
    );
  }

  it("sends the headers of an answer of node:http2 that has no body", guard, async () => {
    const server = createHttp2Server((_request, response) => {
      response.statusCode = 203;
      run(() => pipe([], into(response)));
    });
    const client = connect(`http://127.0.0.1:${await listen(server)}`);
    const request = client.request({ ":path": "/" });
    const [headers] = await once(request, "response");
    assert.equal(headers[":status"], 203);
    assert.equal(await text(request), "");
    client.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it("takes no more from the source than fit before the drain", async () => {
    const slow = new Slow(3);
    const feed = new Feed(...numbers(20)).end();
    const task = run(() => pipe(feed, into(slow)));
    while (feed.taken < 3) await turns(1);
    await turns();
    assert.equal(feed.taken, 3);
    for (let i = 0; i < 20; i++) {
      while (!slow.release) await turns(1);
      slow.release();
    }
    await task;
    assert.deepEqual(slow.items, numbers(20));
    assert.equal(slow.writableFinished, true);
  });

  it("leaves it open if told so, and is done when all is written", async () => {
    const slow = new Slow(10);
    const task = run(() => pipe([1, 2], into(slow, { end: false })));
    for (const _ of [1, 2]) {
      while (!slow.release) await turns(1);
      assert.equal(task.state, "running");
      slow.release();
    }
    await task;
    assert.equal(slow.writableEnded, false);
    assert.equal(slow.listenerCount("drain"), 0);
    const before = slow.listenerCount("error");
    slow.end("last");
    while (!slow.release) await turns(1);
    slow.release();
    assert.equal(before, 0);
  });

  it("fails as it fails, and closes the source, which has nothing to say at the moment", async () => {
    const feed = new Feed<number>();
    const writable = new PassThrough();
    const task = run(() => pipe(feed, into(writable)));
    while (!feed.isAwaited) await turns(1);
    writable.destroy(new Error("disk full"));
    await assert.rejects(task.promise, /disk full/);
    assert.equal(feed.closed, 1);
    assert.equal(feed.isAwaited, false);
  });

  it("fails if it was destroyed before, also when there is nothing to write", async () => {
    for (const items of [["a"], []]) {
      const destroyed = new PassThrough();
      destroyed.destroy();
      await assert.rejects(run(() => pipe(items, into(destroyed))).promise, { code: "ERR_STREAM_DESTROYED" });
    }
  });

  it("fails if it is destroyed without an error", async () => {
    const feed = new Feed<string>();
    const writable = new PassThrough();
    const task = run(() => pipe(feed, into(writable)));
    while (!feed.isAwaited) await turns(1);
    writable.destroy();
    await assert.rejects(task.promise, { code: "ERR_STREAM_PREMATURE_CLOSE" });
  });

  it("fails with the system's error", async () => {
    const missing = createWriteStream("/nowhere/at/all");
    await assert.rejects(run(() => pipe(["a"], into(missing))).promise, { code: "ENOENT" });
  });

  it("destroys it with the source's error, which is told once", async () => {
    const writable = new PassThrough();
    const error = new Error("of the source");
    await assert.rejects(run(() => pipe(new Feed("a").fail(error), into(writable))).promise, error);
    assert.equal(writable.destroyed, true);
    assert.equal(writable.errored, error);
  });

  it("destroys it when the task is cancelled while it waits for the drain", async () => {
    const slow = new Slow(1);
    const feed = new Feed(1, 2);
    const task = run(() => pipe(feed, into(slow)));
    while (!slow.release) await turns(1);
    await task.cancel();
    assert.equal(slow.destroyed, true);
    assert.equal(feed.closed, 1);
    assert.equal((slow.errored as Error & { code: string }).code, "ABORT_ERR");
  });

  it("hands over to other streams of Node", async () => {
    const through = new PassThrough();
    const [result] = await Promise.all([text(through), pipe(["a", "b"], into(through))]);
    assert.equal(result, "ab");
  });
});
