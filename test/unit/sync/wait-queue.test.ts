import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { QueuedOperation, WaitQueue } from "../../../src/sync/wait-queue.ts";
import { Random, seeds } from "../support/random.ts";

class Waiter extends QueuedOperation<void> {
  protected override begin(): void {}
  protected override end(): void {}
}

describe("the queue of those who wait", () => {
  it("is an array in all but speed", (t) => {
    for (const seed of seeds()) {
      t.diagnostic(`seed ${seed}`);
      const random = new Random(seed);
      const queue = new WaitQueue<Waiter>();
      const model: Waiter[] = [];
      for (let i = 0; i < 3000; i++) {
        if (random.chance(0.5)) {
          const waiter = new Waiter();
          queue.push(waiter);
          model.push(waiter);
        } else if (random.chance(0.4)) {
          assert.equal(queue.shift(), model.shift() ?? null);
        } else if (model.length > 0) {
          const [waiter] = model.splice(random.below(model.length), 1);
          assert.equal(queue.remove(waiter!), true);
        }
        assert.equal(queue.isEmpty, model.length === 0);
        assert.equal(queue.head, model[0] ?? null);
      }
      assert.deepEqual(queue.drain(), model);
      assert.equal(queue.isEmpty, true);
      assert.equal(queue.shift(), null);
    }
  });

  it("lets one leave that is no longer there, which changes nothing", () => {
    const queue = new WaitQueue<Waiter>();
    const waiters = [new Waiter(), new Waiter(), new Waiter()];
    for (const waiter of waiters) queue.push(waiter);
    const first = queue.shift()!;
    assert.equal(queue.remove(first), false);
    assert.equal(queue.remove(new Waiter()), false);
    assert.deepEqual(queue.drain(), waiters.slice(1));
  });
});
