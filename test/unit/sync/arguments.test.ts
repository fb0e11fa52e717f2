import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  Barrier,
  Broadcast,
  Channel,
  Condition,
  Queue,
  RateLimiter,
  Semaphore,
} from "../../../src/sync/index.ts";

const compare = () => 0;
const limits = { count: 1, perMs: 1 };

/** What takes a number, the least that it takes, and whether it may be Infinity. */
const takers: { name: string; take: (value: number) => unknown; least: number; endless?: boolean }[] = [
  {
    name: "the capacity of a channel",
    take: (capacity) => new Channel({ capacity }),
    least: 0,
    endless: true,
  },
  {
    name: "the capacity of a queue",
    take: (capacity) => new Queue({ compare, capacity }),
    least: 1,
    endless: true,
  },
  {
    name: "the capacity of a subscription",
    take: (capacity) => new Broadcast().subscribe({ capacity }),
    least: 1,
    endless: true,
  },
  { name: "the permits of a semaphore", take: (permits) => new Semaphore(permits), least: 1 },
  { name: "what is acquired", take: (count) => new Semaphore(5).acquire(count), least: 1 },
  { name: "what one tries to acquire", take: (count) => new Semaphore(5).tryAcquire(count), least: 1 },
  { name: "who is notified", take: (count) => new Condition().notify(count), least: 0 },
  { name: "the parties of a barrier", take: (parties) => new Barrier(parties), least: 1 },
  { name: "the count of a rate limiter", take: (count) => new RateLimiter({ ...limits, count }), least: 1 },
  { name: "the burst of a rate limiter", take: (burst) => new RateLimiter({ ...limits, burst }), least: 1 },
  {
    name: "what goes through a rate limiter",
    take: (count) => new RateLimiter(limits).acquire(count),
    least: 1,
  },
];

describe("arguments", () => {
  for (const { name, take, least, endless = false } of takers) {
    it(`${name}: whole numbers of ${least} or more are taken, and nothing else`, () => {
      take(least);
      const refused = [least - 1, -1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY];
      if (endless) take(Number.POSITIVE_INFINITY);
      else refused.push(Number.POSITIVE_INFINITY);
      for (const value of refused) {
        assert.throws(() => take(value), {
          name: "RangeError",
          code: "ERR_OUT_OF_RANGE",
          message: new RegExp(`^The value of "\\w+" is out of range\\. It must be .+\\. Received ${value}$`),
        });
      }
      for (const value of ["1", null, {}, true, 1n, Symbol("one")]) {
        assert.throws(() => take(value as unknown as number), {
          name: "TypeError",
          code: "ERR_INVALID_ARG_TYPE",
          message: /^The "\w+" argument must be a number\. Received (null|type \w+)$/,
        });
      }
    });
  }

  it("no more than there is can be asked for", () => {
    const cases = [
      () => new Semaphore(5).acquire(6),
      () => new Semaphore(5).tryAcquire(6),
      () => new RateLimiter({ ...limits, burst: 5 }).acquire(6),
      () => new RateLimiter({ ...limits, burst: 5 }).tryAcquire(6),
    ];
    for (const ask of cases)
      assert.throws(ask, { code: "ERR_OUT_OF_RANGE", message: /at most 5, .* Received 6$/ });
  });

  it("the time of a rate limiter is a number above 0", () => {
    for (const perMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => new RateLimiter({ count: 1, perMs }), { code: "ERR_OUT_OF_RANGE" });
    }
    assert.throws(() => new RateLimiter({ count: 1 } as never), {
      code: "ERR_INVALID_ARG_TYPE",
      message: 'The "perMs" argument must be a number. Received undefined',
    });
  });

  it("a queue needs a comparison", () => {
    for (const options of [{}, { compare: "priority" }]) {
      assert.throws(() => new Queue(options as never), {
        code: "ERR_INVALID_ARG_TYPE",
        message: /"compare"/,
      });
    }
  });

  it("a subscription knows three ways when it is full", () => {
    assert.throws(() => new Broadcast().subscribe({ whenFull: "explode" as never }), {
      code: "ERR_INVALID_ARG_VALUE",
      message: /must be one of: wait, drop-oldest, fail\. Received explode/,
    });
  });
});
