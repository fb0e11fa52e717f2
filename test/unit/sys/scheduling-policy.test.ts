import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { scheduleAsBatch } from "../../../src/sys/index.ts";
import { schedulingPolicy } from "../../support/scheduling-policy.ts";

describe("a thread that computes", () => {
  it("is SCHED_BATCH, alone of its process", async () => {
    const source = `
      const { parentPort } = require("node:worker_threads");
      const { readlinkSync } = require("node:fs");
      parentPort.once("message", () => {});
      parentPort.postMessage(Number(readlinkSync("/proc/thread-self").split("/").pop()));`;
    const worker = new Worker(source, { eval: true });
    const [thread] = await once(worker, "message");
    assert.equal(schedulingPolicy(thread), 0);
    assert.equal(scheduleAsBatch(thread), 0);
    assert.equal(schedulingPolicy(thread), 3);
    assert.equal(schedulingPolicy(process.pid), 0);
    worker.postMessage("end");
    await once(worker, "exit");
  });

  it("cannot be one that does not exist", () => {
    const ESRCH = 3;
    assert.equal(scheduleAsBatch(2 ** 22 + 1), -ESRCH);
  });
});
