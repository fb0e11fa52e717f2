import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ClusterStatus, ProcessStatus } from "../../../src/cluster/index.ts";
import { formatClusters } from "../../../src/cluster/text.ts";

const serving: ProcessStatus = {
  slot: 0,
  state: "serving",
  pid: 101,
  finishing: [],
  uptimeMs: 130_000,
  heartbeatAgeMs: 250,
  restarts: 0,
  lastEnding: null,
  accepted: 12_345,
  open: 6,
  failed: 7,
  bytesRead: 8_900_000,
  bytesWritten: 9_100_000,
  cpuMs: 1500,
  rssBytes: 64_000_000,
};

const waiting: ProcessStatus = {
  ...serving,
  slot: 1,
  state: "waiting",
  pid: null,
  finishing: [90, 91],
  uptimeMs: null,
  heartbeatAgeMs: null,
  restarts: 3,
  lastEnding: "ended by SIGKILL",
};

const cluster: ClusterStatus = {
  name: "server.js",
  pid: 100,
  address: "[::]:8000",
  uptimeMs: 8 * 3600e3,
  listeners: "own",
  processes: [serving, waiting],
};

describe("the text of pentio cluster status", () => {
  it("shows each process in a line, and what there is to remark below", () => {
    const text = formatClusters([cluster], (_, text) => text);
    assert.deepEqual(text.split("\n"), [
      "server.js on [::]:8000: supervisor 100, up 8 h, listeners own",
      "  slot  pid    state     up  restarts  accepted  open  failed  MB read  MB written  CPU s  RSS MB  heartbeat",
      "     0  101  serving  2 min         0    12,345     6       7      8.9         9.1    1.5      64  0.3 s ago",
      "     1    –  waiting      –         3    12,345     6       7      8.9         9.1    1.5      64          –",
      "  slot 1: the last process that was not asked to end ended by SIGKILL",
      "  slot 1: its predecessors still finish connections: 90, 91",
      "",
    ]);
  });

  it("says so where there is none", () => {
    assert.equal(
      formatClusters([], (_, text) => text),
      "No cluster of this user is running\n",
    );
  });
});
