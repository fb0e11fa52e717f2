import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  describeCopying,
  describeTelling,
  describeWaiting,
  formatUs,
} from "../../../../src/lab/phases/phase-words.ts";
import type { Timeline } from "../../../../src/lab/phases/timeline.ts";

/** A thread blocked in recv, 20 ms. */
const blocked: Timeline = {
  model: "blocking",
  form: "plain",
  kind: "blocking",
  delayMs: 20,
  sizeBytes: 8,
  sentUs: 20_000,
  arrivedUs: 20_050,
  readyToldUs: null,
  copiedUs: 20_090.5,
  toldUs: 20_100,
  loopThread: [{ state: "blocked", fromUs: 10, toUs: 20_090.5 }],
  helperThread: [],
  calls: [{ name: "recv", fromUs: 10, toUs: 20_090.5, outcome: "bytes", result: 8, thread: "loop" }],
  otherWork: 0,
  retries: 0,
  notMeasured: {},
};

/** The same time, in which nobody of ours waits or copies. */
const completed: Timeline = {
  ...blocked,
  copiedUs: null,
  loopThread: [{ state: "working", fromUs: 0, toUs: 20_100 }],
  calls: [],
  otherWork: 1500,
  notMeasured: { copiedUs: "the kernel does it" },
};

describe("the phases in words", () => {
  it("say who waited, and for how long", () => {
    assert.equal(describeWaiting(blocked), "20.1 ms, the calling thread is blocked in recv");
    assert.equal(describeWaiting(completed), "20.1 ms, the thread is free, works on (1,500 units)");
  });

  it("count copying from the arrival where the same call has waited, and by the call where it has not", () => {
    assert.equal(describeCopying(blocked), "40.5 µs with waking up, in recv, by the calling thread");
    const ready = { ...blocked, loopThread: [], calls: [{ ...blocked.calls[0]!, fromUs: 20_080.5 }] };
    assert.equal(describeCopying(ready), "10.0 µs, in recv, by the calling thread");
  });

  it("say what was not measured, and why", () => {
    assert.equal(describeCopying(completed), "not measured apart: the kernel does it");
    const unstamped = { ...blocked, arrivedUs: null, notMeasured: { arrivedUs: "there is no stamp" } };
    assert.match(describeWaiting(unstamped), /^not measured: there is no stamp, /);
    assert.match(describeCopying(unstamped), /^not measured apart from the waiting, in recv, /);
    assert.equal(describeTelling(unstamped), "20.1 ms after it was asked for");
  });

  it("count what was told from the arrival", () => {
    assert.equal(describeTelling(blocked), "50.0 µs after the arrival");
    const told = describeTelling({ ...blocked, readyToldUs: 20_060 });
    assert.equal(told, "50.0 µs after the arrival; of readiness, 10.0 µs after it");
  });

  it("have times in microseconds below one millisecond", () => {
    assert.deepEqual([0.44, 99.9, 100.4, 1234].map(formatUs), ["0.4 µs", "99.9 µs", "100 µs", "1.2 ms"]);
  });
});
