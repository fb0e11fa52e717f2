import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cellAt, drawThread } from "../../../../src/lab/phases/thread-bar.ts";
import type { Timeline } from "../../../../src/lab/phases/timeline.ts";
import type { Paint } from "../../../../src/reporting/index.ts";

/** A read by tries, on a thread that works in between. */
const timeline: Timeline = {
  model: "nonblocking",
  form: "driver",
  kind: "non-blocking",
  delayMs: 1,
  sizeBytes: 8,
  sentUs: 60,
  arrivedUs: 61,
  readyToldUs: null,
  copiedUs: 82,
  toldUs: 85,
  loopThread: [
    { state: "working", fromUs: 0, toUs: 21 },
    { state: "calling", fromUs: 21, toUs: 22 },
    { state: "working", fromUs: 22, toUs: 80 },
    { state: "calling", fromUs: 80, toUs: 82 },
    { state: "working", fromUs: 82, toUs: 85 },
  ],
  helperThread: [{ state: "blocked", fromUs: 10, toUs: 64 }],
  calls: [
    { name: "recv", fromUs: 21, toUs: 22, outcome: "EAGAIN", result: -1, thread: "loop" },
    { name: "read", fromUs: 10, toUs: 64, outcome: "EAGAIN", result: -1, thread: "helper" },
    { name: "recv", fromUs: 80, toUs: 82, outcome: "bytes", result: 8, thread: "loop" },
  ],
  otherWork: 3,
  retries: 1,
  notMeasured: {},
};

const scale = { cells: 10, cellUs: 10 };
const plain: Paint = (_style, text) => text;

describe("a thread's bar", () => {
  it("has in each cell what took most of its time, and the calls for the data however short they are", () => {
    assert.equal(drawThread(timeline, "loop", scale, plain), "░░|░░░░░▓ ");
  });

  it("shows nothing while the thread had nothing to do with the read", () => {
    assert.equal(drawThread(timeline, "helper", scale, plain), " █████    ");
  });

  it("is painted in pieces that are alike", () => {
    const marked: Paint = (style, text) => `<${style} ${text}>`;
    assert.equal(drawThread(timeline, "loop", scale, marked), "<green ░░><yellow |><green ░░░░░><yellow ▓> ");
  });

  it("has a place for what happens at its very end", () => {
    assert.deepEqual([cellAt(0, scale), cellAt(99.9, scale), cellAt(100, scale)], [0, 9, 9]);
  });
});
