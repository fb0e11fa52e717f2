/** What comes out of src/sync is a stream, and a channel is a sink, though neither knows of src/stream. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { each, into, map, pipe } from "../../../src/stream/index.ts";
import { Broadcast, Channel, Queue } from "../../../src/sync/index.ts";
import { run, spawn } from "../../../src/task/index.ts";

function filled() {
  const channel = new Channel<number>({ capacity: 3 });
  const queue = new Queue<number>({ compare: (a, b) => a - b });
  const broadcast = new Broadcast<number>();
  const subscription = broadcast.subscribe({ capacity: 3 });
  for (const target of [channel, queue, broadcast]) {
    for (const n of [1, 2, 3]) target.trySend(n);
    target.close();
  }
  return { channel, queue, subscription };
}

describe("streams", () => {
  for (const [name, stream] of Object.entries(filled())) {
    it(`are looped over by each: a ${name}, from where a loop was left before`, async () => {
      const received: number[] = [];
      await run(function* () {
        for (const n of yield* each(stream)) {
          received.push(n);
          break;
        }
        for (const n of yield* each(stream)) {
          received.push(n * 10);
          yield* each.next();
        }
      });
      assert.deepEqual(received, [1, 20, 30]);
    });
  }

  it("are piped from channel to channel, and the end with them", async () => {
    const received: number[] = [];
    await run(function* () {
      const target = new Channel<number>();
      yield* spawn(function* () {
        for (const n of yield* each(target)) {
          received.push(n);
          yield* each.next();
        }
      });
      yield* pipe(
        filled().channel,
        map((n) => n * 2),
        into(target),
      );
      assert.equal(target.isClosed, true);
    });
    assert.deepEqual(received, [2, 4, 6]);
  });

  it("that fail make the channel fail that they are piped into", async () => {
    const source = new Channel<number>();
    const target = new Channel<number>();
    const failure = new Error("no more");
    source.fail(failure);
    await assert.rejects(run(() => pipe(source, into(target))).promise, failure);
    await assert.rejects(Promise.resolve(target.receive()), failure);
  });
});
