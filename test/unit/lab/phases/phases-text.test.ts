import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatPhases, type PhasesReport } from "../../../../src/lab/phases/index.ts";
import { describeMachine } from "../../../../src/reporting/index.ts";

describe("a report of phases in which nothing could be measured", () => {
  it("says so, and why", () => {
    const report: PhasesReport = {
      pentio: "0",
      ...describeMachine(),
      measuredAt: new Date().toISOString(),
      options: { models: ["io_uring", "epoll"], delayMs: 20, sizeBytes: 1 },
      timelines: [],
      skipped: [{ model: "io_uring", reason: "it is forbidden" }],
      failed: [{ model: "epoll", reason: "it has ended" }],
    };
    const lines = formatPhases(report, 80, (style, text) => `${style}: ${text}`).split("\n");
    assert.match(lines[1]!, /a UDP datagram of 1 byte, sent 20 ms after/);
    assert.deepEqual(lines.slice(-4), [
      "io_uring was skipped: it is forbidden",
      "red: epoll failed: it has ended",
      "red: Nothing was measured",
      "",
    ]);
  });
});
