import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { groupCalls } from "../../../../src/lab/page/models/call-groups.ts";
import { endOf, place, ticksBetween } from "../../../../src/lab/page/models/windows.ts";
import { epoll } from "./timelines.ts";

describe("the end of a read", () => {
  it("goes from before the arrival to after the program was told", () => {
    const { fromUs, toUs } = endOf(epoll);
    assert.ok(fromUs < epoll.arrivedUs! && toUs > epoll.toldUs);
  });

  it("is the time about the copy where a busy machine drew it out", () => {
    const late = { ...epoll, arrivedUs: 10_000, toldUs: 30_000 };
    const { fromUs, toUs } = endOf(late);
    assert.ok(fromUs < 20_212 && toUs > late.copiedUs!);
    assert.ok(8 / (toUs - fromUs) > 0.03, "the copy can be seen");
  });
});

describe("a window", () => {
  it("places its ends at its edges", () => {
    const window = { fromUs: 100, toUs: 200, x: 10, y: 0, width: 50 };
    assert.deepEqual(
      [100, 150, 200].map((us) => place(window, us)),
      [10, 35, 60],
    );
  });

  it("has ticks at round values", () => {
    assert.deepEqual(ticksBetween(0, 21_000, 5), [0, 5000, 10_000, 15_000, 20_000]);
    assert.deepEqual(ticksBetween(-30, 75, 4), [0, 50]);
  });
});

describe("calls", () => {
  const again = (fromUs: number, outcome = "EAGAIN") =>
    ({ name: "recv", fromUs, toUs: fromUs + 1, outcome, result: 64, thread: "loop" }) as const;

  it("are one mark where they are alike and close", () => {
    const times = groupCalls([again(0), again(5), again(10), again(100)], 8).map((group) => group.times);
    assert.deepEqual(times, [3, 1]);
  });

  it("stay apart where their outcomes differ", () => {
    const outcomes = groupCalls([again(0), again(1, "bytes")], 8).map(({ first }) => first.outcome);
    assert.deepEqual(outcomes, ["EAGAIN", "bytes"]);
  });
});
