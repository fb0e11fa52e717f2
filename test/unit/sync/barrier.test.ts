import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Barrier, BrokenBarrierError } from "../../../src/sync/index.ts";
import { run, sleep, spawn, type Task } from "../../../src/task/index.ts";
import { turns } from "../support/operations.ts";

const broken = { name: "BrokenBarrierError", code: "ERR_BARRIER_BROKEN" };

function parties(barrier: Barrier, count: number): Task<number>[] {
  return Array.from({ length: count }, () => {
    const task = run(() => barrier.wait());
    // Tests look at its failure later.
    task.then(null, () => {});
    return task;
  });
}

async function allBroken(tasks: readonly Task<number>[]): Promise<void> {
  for (const task of tasks) await assert.rejects(task.promise, broken);
}

describe("a barrier", () => {
  it("lets nobody on before the last has come, and tells each its place in the order", async () => {
    const barrier = new Barrier(3);
    const tasks = parties(barrier, 2);
    await turns();
    assert.equal(barrier.waiting, 2);
    assert.deepEqual(
      tasks.map((task) => task.state),
      ["running", "running"],
    );
    assert.equal(await barrier.wait(), 2);
    assert.deepEqual(await Promise.all(tasks), [0, 1]);
    assert.equal(barrier.waiting, 0);
    assert.equal(barrier.parties, 3);
  });

  it("goes round and round", async () => {
    const barrier = new Barrier(4);
    const log: number[] = [];
    await run(function* () {
      for (let party = 0; party < 4; party++) {
        yield* spawn(function* () {
          for (let round = 0; round < 50; round++) {
            if ((party + round) % 3 === 0) yield* sleep(0);
            log.push(round);
            yield* barrier.wait();
          }
        });
      }
    });
    assert.deepEqual(
      log,
      Array.from({ length: 200 }, (_, i) => Math.floor(i / 4)),
    );
  });

  it("of one lets it pass", async () => {
    const barrier = new Barrier(1);
    assert.equal(await barrier.wait(), 0);
    assert.equal(await barrier.wait(), 0);
  });

  it("is broken by a party that is cancelled while it waits", async () => {
    const barrier = new Barrier(4);
    const [cancelled, ...others] = parties(barrier, 3);
    await turns();
    await cancelled!.cancel();
    await allBroken(others);
    assert.equal(barrier.isBroken, true);
    assert.equal(barrier.waiting, 0);
    await assert.rejects(Promise.resolve(barrier.wait()), BrokenBarrierError);
  });

  it("is not broken by a party that is cancelled after the last has come", async () => {
    const barrier = new Barrier(3);
    const [first, second] = parties(barrier, 2);
    await turns();
    const last = barrier.wait().then();
    await first!.cancel();
    assert.equal(await second, 1);
    assert.equal(await last, 2);
    assert.equal(barrier.isBroken, false);
  });

  it("is broken by hand for a party that will not come", async () => {
    const barrier = new Barrier(3);
    const tasks = parties(barrier, 2);
    await turns();
    barrier.abort();
    await allBroken(tasks);
    await assert.rejects(Promise.resolve(barrier.wait()), { ...broken, message: /reset\(\)/ });
  });

  it("is whole and empty after a reset, which those who waited are told", async () => {
    const barrier = new Barrier(2);
    barrier.abort();
    barrier.reset();
    assert.equal(barrier.isBroken, false);
    const early = parties(barrier, 1);
    await turns();
    barrier.reset();
    await allBroken(early);
    assert.deepEqual(await Promise.all(parties(barrier, 2)), [0, 1]);
  });
});
