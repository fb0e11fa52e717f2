import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reasonsMissing } from "../../../../src/lab/page/compare/figures.ts";
import type { Sample } from "../../../../src/lab/web/protocol.ts";

const sample: Sample = {
  requestsPerSecond: 1000,
  latencyUs: { p50: 1, p90: 2, p99: 3, p999: 4 },
  cpuUsPerRequest: 5,
  systemCallsPerRequest: 2,
  contextSwitchesPerRequest: { voluntary: 1, involuntary: 0 },
  threads: 7,
  peakRssMiB: 60,
};

describe("a chart", () => {
  it("lacks values for reasons that the samples give, each of which is told once", () => {
    const notMeasured = { systemCallsPerRequest: "perf is not installed" };
    const uncounted = { ...sample, systemCallsPerRequest: null, notMeasured };
    const items = [sample, uncounted, uncounted].map((sample, index) => {
      return { model: "epoll", connections: 10 ** index, sample };
    });
    assert.deepEqual(reasonsMissing(items, "systemCallsPerRequest"), ["perf is not installed"]);
    assert.deepEqual(reasonsMissing(items, "threads"), []);
  });
});
