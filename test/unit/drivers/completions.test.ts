import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { Completions, type Continuation, Request, SEND } from "../../../src/drivers/index.ts";

type Told = [Request, number, Buffer | null, boolean];

/** A request whose completions are noted, and what else happens then. */
function noted(log: Told[], more: () => void = () => {}): Request {
  const continuation: Continuation = {
    complete(...told) {
      log.push(told);
      more();
    },
  };
  return new Request(SEND, 1, continuation);
}

describe("completions", () => {
  it("are delivered in order with all that belongs to them, once", () => {
    const log: Told[] = [];
    const completions = new Completions();
    const [a, b] = [noted(log), noted(log)];
    const data = Buffer.from("data");
    completions.push(a, 4, data, true);
    completions.push(b, -104, null, false);
    completions.push(a, 0, null, false);
    assert.equal(completions.length, 3);
    completions.deliver();
    assert.deepEqual(log, [
      [a, 4, data, true],
      [b, -104, null, false],
      [a, 0, null, false],
    ]);
    assert.equal(completions.length, 0);
    completions.deliver();
    assert.equal(log.length, 3);
  });

  it("can be filled again and again", () => {
    const log: Told[] = [];
    const completions = new Completions();
    for (let round = 0; round < 100; round++) {
      for (let i = 0; i <= round % 7; i++) completions.push(noted(log), round, null, false);
      completions.deliver();
    }
    assert.deepEqual(
      log.map(([, result]) => result),
      Array.from({ length: 100 }, (_, round) => new Array(1 + (round % 7)).fill(round)).flat(),
    );
  });

  it("that throw when they are told do not keep the others from being told", () => {
    const log: Told[] = [];
    const completions = new Completions();
    const failure = new Error("of the continuation");
    completions.push(noted(log), 1, null, false);
    completions.push(
      noted(log, () => {
        throw failure;
      }),
      2,
      null,
      false,
    );
    completions.push(noted(log), 3, null, false);
    try {
      completions.deliver();
    } catch (error) {
      assert.equal(error, failure);
    }
    completions.deliver();
    assert.deepEqual(
      log.map(([, result]) => result),
      [1, 2, 3],
    );
  });

  it("are not held on to after they are told", () => {
    const completions = new Completions();
    const held = () => inspect(completions, { depth: 2 });
    completions.push(noted([]), 1, Buffer.alloc(1), false);
    assert.match(held(), /Request.*Buffer/s);
    completions.deliver();
    assert.doesNotMatch(held(), /Request|Buffer/);
  });
});
