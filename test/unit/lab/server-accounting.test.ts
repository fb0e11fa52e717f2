import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { contextSwitchesBetween, processesOf, readAccounting } from "../../../src/lab/server-accounting.ts";
import { eventually } from "../../support/settling.ts";

/** Sleeps 500 times, which switches as often, tells it, and ends when it is told to. */
const sleeper = `
const { parentPort } = require("node:worker_threads");
const cell = new Int32Array(new SharedArrayBuffer(4));
for (let i = 0; i < 500; i++) Atomics.wait(cell, 0, 0, 0.1);
parentPort.once("message", () => parentPort.unref());
parentPort.postMessage("slept");
`;

describe("the account of a process", () => {
  it("counts its threads, and does not go down when one has ended", async () => {
    const worker = new Worker(sleeper, { eval: true });
    await once(worker, "message");
    const before = readAccounting(process.pid);
    worker.postMessage("end");
    await once(worker, "exit");
    // The kernel takes it off its list after it has told that it has ended.
    await eventually(() => readAccounting(process.pid).threads < before.threads, "the thread is gone");
    const after = readAccounting(process.pid);

    const total = [...before.contextSwitches.values()].reduce((sum, count) => sum + count.voluntary, 0);
    assert.ok(total >= 500, `${total} context switches`);
    assert.equal(before.threads, before.contextSwitches.size);
    assert.equal(after.threads, before.threads - 1);
    assert.ok(after.cpuNs >= before.cpuNs);
    const { voluntary } = contextSwitchesBetween(before, after);
    assert.ok(voluntary > 0 && voluntary < 500, `${voluntary} context switches in between`);
  });

  it("is also that of the processes that it has started", async () => {
    const alone = readAccounting(process.pid);
    const child = spawn(process.execPath, ["-e", "console.log(process.pid); process.stdin.resume()"]);
    await once(child.stdout, "data");
    assert.deepEqual(processesOf(process.pid), [process.pid, child.pid]);
    const both = readAccounting(process.pid);
    assert.ok(both.threads > alone.threads, `${both.threads} threads`);
    assert.ok(both.contextSwitches.has(String(child.pid)));
    child.stdin.end();
    await once(child, "close");
    assert.deepEqual(processesOf(process.pid), [process.pid]);
  });

  it("of one that has ended is an error", () => {
    assert.throws(() => readAccounting(2 ** 22), { code: "ENOENT" });
  });
});
