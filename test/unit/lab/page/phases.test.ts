import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { phasesOf, shareOf } from "../../../../src/lab/page/models/phases.ts";
import { blocking, epoll, ioUring, plainBlocking } from "./timelines.ts";

describe("the phases of a read", () => {
  it("are free and blocked on epoll, where the thread copies itself", () => {
    const { waiting, copying, copier, copyFromUs, copiedIn } = phasesOf(epoll);
    assert.deepEqual(
      { waiting, copying, copier, copyFromUs, copiedIn },
      { waiting: "free", copying: "blocked", copier: "loop", copyFromUs: 20_212, copiedIn: "recv" },
    );
  });

  it("are both blocked where the thread that asked makes the blocking call", () => {
    const { waiting, copying, waitedIn, copyFromUs } = phasesOf(plainBlocking);
    assert.deepEqual(
      { waiting, copying, waitedIn, copyFromUs },
      { waiting: "blocked", copying: "blocked", waitedIn: "recv", copyFromUs: 20_120 },
    );
  });

  it("are both blocked, too, where a busy machine kept the thread from its call for most of the time", () => {
    const late = {
      ...plainBlocking,
      loopThread: [{ state: "blocked", fromUs: 20_000, toUs: 20_220 }] as const,
    };
    assert.equal(phasesOf(late).waiting, "blocked");
  });

  it("are both free where a helper makes it", () => {
    const { waiting, copying, copier, waitedIn } = phasesOf(blocking);
    assert.deepEqual(
      { waiting, copying, copier, waitedIn },
      { waiting: "free", copying: "free", copier: "helper", waitedIn: "recv" },
    );
  });

  it("are both free where the kernel copies, or a thread of the C library", () => {
    assert.equal(phasesOf(ioUring).copier, "kernel");
    assert.equal(phasesOf({ ...ioUring, model: "aio" }).copier, "library");
    assert.equal(phasesOf(ioUring).copying, "free");
  });

  it("are asking on a model that does not block, however soon the data came", () => {
    assert.equal(phasesOf({ ...epoll, kind: "non-blocking", retries: 1 }).waiting, "asking");
  });
});

describe("the share of a state", () => {
  it("counts what lies within the time alone", () => {
    assert.equal(shareOf([{ state: "blocked", fromUs: -10, toUs: 5 }], "blocked", 0, 10), 0.5);
    assert.equal(shareOf([{ state: "working", fromUs: 0, toUs: 10 }], "blocked", 0, 10), 0);
  });
});
