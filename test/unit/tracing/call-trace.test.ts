import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { CallTrace, nowUs } from "../../../src/tracing/index.ts";

const trace = CallTrace.begin();
// Bound after the trace has begun, as in a program that is traced.
const { EAGAIN, EBADF, EFD_NONBLOCK, addressOf, syscalls } = await import("../../../src/sys/index.ts");

/** Closes what is no descriptor, under the same trace, for it was started by this thread. */
const worker = `
const { workerData } = require("node:worker_threads");
import(workerData).then(({ syscalls }) => syscalls.close(-1));
`;

describe("a trace of calls", () => {
  it("has each call with its time, its first argument and what came of it", () => {
    trace.clear();
    const beforeUs = nowUs();
    const fd = syscalls.eventfd(3, EFD_NONBLOCK);
    const value = Buffer.allocUnsafeSlow(8);
    const read = syscalls.eventfdRead(fd, addressOf(value));
    const again = syscalls.eventfdRead(fd, addressOf(value));
    syscalls.close(fd);
    const afterUs = nowUs();

    assert.deepEqual([read, again], [0, -EAGAIN], "the calls are as they are without a trace");
    const records = trace.records();
    assert.deepEqual(
      records.map(({ name, firstArgument, result, error }) => [name, firstArgument, result, error]),
      [
        ["eventfd", 3, fd, 0],
        ["eventfd_read", fd, 0, 0],
        ["eventfd_read", fd, -1, EAGAIN],
        ["close", fd, 0, 0],
      ],
    );
    const times = [beforeUs, ...records.flatMap(({ fromUs, toUs }) => [fromUs, toUs]), afterUs];
    assert.deepEqual(
      times.toSorted((a, b) => a - b),
      times,
    );
  });

  it("has the calls of threads that were started under it, by their numbers", async () => {
    trace.clear();
    const module = new URL("../../../src/sys/index.js", import.meta.url).href;
    const thread = new Worker(worker, { eval: true, workerData: module });
    const { threadId } = thread;
    await once(thread, "exit");
    const calls = trace
      .records()
      .filter(({ name, firstArgument }) => name === "close" && firstArgument === -1);
    assert.deepEqual(
      calls.map(({ thread, result, error }) => [thread, result, error]),
      [[threadId, -1, EBADF]],
    );
  });

  it("says so when there were more calls than it has room for", () => {
    trace.clear();
    for (let call = 0; call <= 2 ** 16; call++) syscalls.gettid();
    assert.throws(() => trace.records(), /has room for 65536 calls; there were 65537/);
    trace.clear();
    assert.deepEqual(trace.records(), []);
  });
});
