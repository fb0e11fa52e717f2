import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { processCpuNs, threadCpuNs } from "../../../src/sys/index.ts";

/** What getrusage(2) says, which counts threads that have ended. */
function usedNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

describe("the CPU time of a process", () => {
  it("has the work of threads that have ended in it", async () => {
    const before = processCpuNs(process.pid);
    const worker = new Worker("for (const end = Date.now() + 200; Date.now() < end; );", { eval: true });
    await once(worker, "exit");
    const used = usedNs();
    const after = processCpuNs(process.pid);
    assert.ok(before > 0 && before < used, `${before} before, ${used} then`);
    assert.ok(after >= used, `${after}, where getrusage had ${used}`);
  });

  it("never goes back", () => {
    let last = 0;
    for (let i = 0; i < 10_000; i++) {
      const now = processCpuNs(process.pid);
      assert.ok(now >= last, `${now} after ${last}`);
      last = now;
    }
  });

  it("of one that has ended is an error", () => {
    const { pid } = spawnSync("true");
    assert.throws(() => processCpuNs(pid), { code: "ESRCH", syscall: "clock_getcpuclockid" });
  });
});

describe("the CPU time of this thread", () => {
  it("has its own work in it, and neither its sleep nor what other threads do", async () => {
    let idleNs = Number.POSITIVE_INFINITY;
    // A virtual machine may take for ours what others of its host have had.
    for (let attempts = 0; attempts < 10 && idleNs >= 250e6; attempts++) {
      const before = threadCpuNs();
      const worker = new Worker("for (const end = Date.now() + 300; Date.now() < end; );", { eval: true });
      await once(worker, "exit");
      idleNs = threadCpuNs() - before;
    }
    assert.ok(idleNs < 250e6, `${idleNs} while another worked`);

    const before = threadCpuNs();
    const start = usedNs();
    while (usedNs() - start < 50e6);
    const workNs = threadCpuNs() - before;
    assert.ok(workNs > 20e6, `${workNs} while this one worked`);
  });
});
