import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nothingYet, receive } from "../../../../src/lab/page/lab-state.ts";
import type { LabEvent } from "../../../../src/lab/web/protocol.ts";
import { blocking, epoll } from "./timelines.ts";

function after(...events: LabEvent[]) {
  return events.reduce(receive, nothingYet);
}

describe("what the page knows of the lab", () => {
  it("keeps the figures of the run before until a model was measured again", () => {
    const slower = { ...epoll, delayMs: 50 };
    const state = after(
      { type: "phases", run: 1, timeline: blocking },
      { type: "phases", run: 1, timeline: epoll },
      { type: "phases", run: 2, timeline: slower },
    );
    assert.deepEqual(state.phases.items, [blocking, slower]);
  });

  it("keeps them, too, where the first news of a run is a model without figures, which loses its own", () => {
    const state = after(
      { type: "phases", run: 1, timeline: blocking },
      { type: "phases", run: 1, timeline: epoll },
      { type: "failed", run: 2, kind: "phases", model: "blocking", message: "it ended" },
    );
    assert.deepEqual(state.phases.items, [epoll]);
    assert.deepEqual(
      state.phases.missing.map(({ model }) => model),
      ["blocking"],
    );
  });

  it("knows what waits until it has begun", () => {
    const waiting = { type: "waiting", run: 2, kind: "kettles" } as const;
    assert.deepEqual(after(waiting).waiting, [{ run: 2, kind: "kettles" }]);
    const line = { type: "kettle", run: 2, kettle: 0, line: "boils", atMs: 0 } as const;
    assert.deepEqual(after(waiting, line).waiting, []);
  });

  it("passes over what a run tells that another has taken the place of", () => {
    const state = after(
      { type: "phases", run: 2, timeline: epoll },
      { type: "phases", run: 1, timeline: { ...epoll, delayMs: 1 } },
    );
    assert.deepEqual(state.phases.items, [epoll]);
  });

  it("begins the lines of a kettle anew with each run", () => {
    const line = { type: "kettle", kettle: 0, line: "boils", atMs: 0 } as const;
    assert.equal(
      after({ ...line, run: 1 }, { ...line, run: 1 }, { ...line, run: 2 }).kettles.items.length,
      1,
    );
  });

  it("shows progress until its own run has ended", () => {
    const progress = {
      type: "progress",
      run: 1,
      model: "epoll",
      connections: null,
      done: 0,
      total: 9,
    } as const;
    assert.notEqual(after(progress, { type: "done", run: 9, kind: "kettles" }).progress, null);
    assert.equal(after(progress, { type: "done", run: 1, kind: "phases" }).progress, null);
  });

  it("tells what has no figures where they would stand", () => {
    const bound = { of: "threads", limit: 128 } as const;
    const state = after(
      { type: "bounded", run: 1, model: "blocking", connections: 1000, bound },
      { type: "skipped", run: 2, kind: "phases", model: "io_uring", reason: "it is forbidden" },
    );
    assert.deepEqual(state.compare.missing, [{ model: "blocking", connections: 1000, reason: bound }]);
    assert.deepEqual(state.phases.missing, [
      { model: "io_uring", connections: null, reason: "it is forbidden" },
    ]);
  });

  it("tells apart a model that failed from a run that did", () => {
    const failed = { type: "failed", run: 1, kind: "compare", message: "it ended" } as const;
    const one = after({ ...failed, model: "epoll" });
    assert.deepEqual(one.compare.missing, [{ model: "epoll", connections: null, reason: "it ended" }]);
    assert.equal(one.failure, null);
    assert.equal(after(failed).failure, "it ended");
  });
});
