import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Heap } from "../../../src/sync/heap.ts";
import { Channel, Queue } from "../../../src/sync/index.ts";
import { run } from "../../../src/task/index.ts";
import { turns } from "../support/operations.ts";
import { Random, seeds } from "../support/random.ts";

interface Job {
  readonly name: string;
  readonly priority: number;
}

const byPriority = (a: Job, b: Job) => b.priority - a.priority;

function takeAll<T>(queue: Queue<T>): T[] {
  const all: T[] = [];
  while (queue.size > 0) all.push(queue.tryReceive()!);
  return all;
}

describe("the heap", () => {
  it("is a stable sort, whatever comes and goes in between", (t) => {
    for (const seed of seeds()) {
      t.diagnostic(`seed ${seed}`);
      const random = new Random(seed);
      const heap = new Heap<Job>(byPriority);
      let model: Job[] = [];
      for (let i = 0; i < 2000; i++) {
        const job = { name: `${i}`, priority: random.below(10) };
        if (random.chance(0.45)) {
          heap.push(job);
          model = [...model, job].sort(byPriority);
        } else if (random.chance(0.2)) {
          heap.unshift(job);
          model = [job, ...model].sort(byPriority);
        } else {
          assert.equal(heap.shift(), model.shift());
        }
        assert.equal(heap.length, model.length);
      }
    }
  });
});

describe("a queue", () => {
  it("gives the highest priority first, and equals in the order of sending", () => {
    const queue = new Queue<Job>({ compare: byPriority });
    for (const [name, priority] of Object.entries({ a: 1, b: 3, c: 2, d: 3, e: 1, f: 2 })) {
      queue.trySend({ name, priority });
    }
    assert.deepEqual(
      takeAll(queue).map(({ name }) => name),
      ["b", "d", "c", "f", "a", "e"],
    );
  });

  it("gives the least first by a comparison as of sort()", () => {
    const queue = new Queue<number>({ compare: (a, b) => a - b });
    for (const n of [3, 1, 2]) queue.trySend(n);
    assert.deepEqual(takeAll(queue), [1, 2, 3]);
  });

  it("takes what does not compare as equal", () => {
    const queue = new Queue<number>({ compare: () => Number.NaN });
    for (const n of [3, 1, 2]) queue.trySend(n);
    assert.deepEqual(takeAll(queue), [3, 1, 2]);
  });

  it("hands a value to the receiver that waits, however low", async () => {
    const queue = new Queue<Job>({ compare: byPriority });
    const waiting = run(() => queue.receive());
    await turns();
    queue.trySend({ name: "low", priority: 0 });
    queue.trySend({ name: "high", priority: 9 });
    assert.equal((await waiting).name, "low");
    assert.equal(queue.tryReceive()!.name, "high");
  });

  it("lets sends wait when it is full, and serves them in the order of their coming", async () => {
    const queue = new Queue<Job>({ compare: byPriority, capacity: 1 });
    queue.trySend({ name: "a", priority: 0 });
    const senders = [
      run(() => queue.send({ name: "b", priority: 1 })),
      run(() => queue.send({ name: "c", priority: 9 })),
    ];
    await turns();
    assert.equal(queue.size, 1);
    assert.deepEqual(
      [queue.tryReceive()!.name, queue.tryReceive()!.name, queue.tryReceive()!.name],
      ["a", "b", "c"],
    );
    await Promise.all(senders);
  });

  it("takes a value whose receiver was cancelled back to its place, before its equals", async () => {
    const queue = new Queue<Job>({ compare: byPriority });
    const receiver = run(() => queue.receive());
    await turns();
    for (const [name, priority] of Object.entries({ a: 1, b: 1, c: 2 })) queue.trySend({ name, priority });
    await receiver.cancel();
    assert.deepEqual(
      takeAll(queue).map(({ name }) => name),
      ["c", "a", "b"],
    );
  });

  it("is a channel in all else: closed, it gives out the rest in order", async () => {
    const queue = new Queue<number>({ compare: (a, b) => a - b });
    assert.ok(queue instanceof Channel);
    for (const n of [3, 1, 2]) queue.trySend(n);
    queue.close();
    const received: number[] = [];
    for await (const n of queue) received.push(n);
    assert.deepEqual(received, [1, 2, 3]);
    assert.throws(() => queue.trySend(4), { code: "ERR_CHANNEL_CLOSED" });
  });
});
