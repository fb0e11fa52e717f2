import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { describe, it } from "node:test";
import { createGunzip, createGzip } from "node:zlib";
import { map, pipe, toNodeReadable, toReadableStream } from "../../../src/stream/index.ts";
import { eventually } from "../../support/settling.ts";
import { collect, Feed, numbers } from "../support/feed.ts";
import { turns } from "../support/operations.ts";

describe("toReadableStream()", () => {
  it("gives all items, of which a response can be made", async () => {
    const body = pipe(
      numbers(1000),
      map((n) => Buffer.from(`${n}\n`)),
      toReadableStream,
    );
    assert.equal(await new Response(body).text(), `${numbers(1000).join("\n")}\n`);
  });

  it("takes an item only when one is asked for", async () => {
    const feed = new Feed(...numbers(10));
    const web = toReadableStream(feed);
    await turns();
    assert.equal(feed.taken, 0);
    const reader = web.getReader();
    assert.equal((await reader.read()).value, 1);
    await turns();
    assert.equal(feed.taken, 1);
  });

  it("fails as the source fails", async () => {
    const error = new Error("of the source");
    await assert.rejects(collect(toReadableStream(new Feed(1).fail(error))), error);
  });

  it("closes the source when it is cancelled, also while it waits for an item", async () => {
    const feed = new Feed<number>();
    const reader = toReadableStream(feed).getReader();
    const read = reader.read();
    while (!feed.isAwaited) await turns(1);
    await reader.cancel();
    assert.equal((await read).done, true);
    assert.equal(feed.closed, 1);
    assert.equal(feed.isAwaited, false);
  });
});

describe("toNodeReadable()", () => {
  it("gives all items, through real streams of Node", async () => {
    const readable = pipe(
      numbers(10_000),
      map((n) => Buffer.from(`${n}\n`)),
      toNodeReadable,
    );
    const unzipped = createGunzip();
    const [, result] = await Promise.all([pipeline(readable, createGzip(), unzipped), text(unzipped)]);
    assert.equal(result, `${numbers(10_000).join("\n")}\n`);
  });

  it("reads at most one item ahead, or as many as the options say", async () => {
    for (const highWaterMark of [1, 4]) {
      const feed = new Feed(...numbers(20));
      const readable = toNodeReadable(feed, { highWaterMark });
      assert.equal(feed.taken, 0);
      readable.on("readable", () => {});
      await eventually(() => feed.taken === highWaterMark, "reads ahead");
      await turns(20);
      assert.equal(feed.taken, highWaterMark);
      readable.destroy();
    }
  });

  it("is destroyed with the error of the source", async () => {
    const error = new Error("of the source");
    const readable = toNodeReadable(new Feed(1).fail(error));
    await assert.rejects(collect(readable), error);
    assert.equal(readable.destroyed, true);
  });

  it("closes the source when it is destroyed, also while it waits for an item", async () => {
    const feed = new Feed<number>();
    const readable = toNodeReadable(feed);
    readable.resume();
    while (!feed.isAwaited) await turns(1);
    const closed = new Promise((resolve) => readable.once("close", resolve));
    readable.destroy();
    await closed;
    assert.equal(feed.closed, 1);
    assert.equal(feed.isAwaited, false);
  });
});
