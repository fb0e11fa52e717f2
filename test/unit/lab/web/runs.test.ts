import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import type { LabEvent } from "../../../../src/lab/web/protocol.ts";
import { Runs, type Work } from "../../../../src/lab/web/runs.ts";

/** Runs, and what they tell to who listens from the beginning. */
function start() {
  const runs = new Runs();
  const told: LabEvent[] = [];
  runs.listen((event) => told.push(event));
  return { runs, told, untilTold: (type: string, run: number) => untilTold(runs, type, run) };
}

function untilTold(runs: Runs, type: string, run: number): Promise<void> {
  return new Promise((resolve) => {
    runs.listen((event) => {
      if (event.type === type && event.run === run) resolve();
    });
  });
}

const says =
  (model: string): Work =>
  async (tell) =>
    tell({ type: "progress", model, connections: null, done: 0, total: 1 });

const untilStopped: Work = async (tell, signal) => {
  tell({ type: "progress", model: "waiting", connections: null, done: 0, total: 1 });
  await once(signal, "abort");
  throw signal.reason;
};

const summary = (events: readonly LabEvent[]) => events.map(({ run, type }) => `${run} ${type}`);

describe("runs of the lab", () => {
  it("are numbered, and tell what happens and that they are done", async () => {
    const { runs, told, untilTold } = start();
    assert.equal(runs.start("phases", says("one")), 1);
    assert.equal(runs.start("compare", says("two")), 2);
    await untilTold("done", 2);
    assert.deepEqual(summary(told), ["2 waiting", "1 progress", "1 done", "2 progress", "2 done"]);
  });

  it("wait for each other, for they would disturb each other", async () => {
    const { runs, told, untilTold } = start();
    const stop = new AbortController();
    runs.start("phases", async () => {
      await once(stop.signal, "abort");
    });
    runs.start("compare", says("at last"));
    await new Promise(setImmediate);
    assert.deepEqual(summary(told), ["2 waiting"]);
    stop.abort();
    await untilTold("done", 2);
    assert.deepEqual(summary(told), ["2 waiting", "1 done", "2 progress", "2 done"]);
  });

  it("take the place of the one before of their kind, running or waiting", async () => {
    const { runs, told, untilTold } = start();
    runs.start("compare", untilStopped);
    await untilTold("progress", 1);
    runs.start("phases", says("waits, and is replaced"));
    runs.start("phases", says("instead"));
    runs.start("compare", says("anew"));
    await untilTold("done", 4);
    assert.deepEqual(summary(told), [
      ...["1 progress", "2 waiting", "3 waiting", "4 waiting", "1 failed", "2 failed"],
      ...["3 progress", "3 done", "4 progress", "4 done"],
    ]);
  });

  it("tell who comes late what the last of each kind told", async () => {
    const { runs, untilTold } = start();
    runs.start("phases", says("forgotten"));
    runs.start("compare", says("known"));
    runs.start("phases", says("known, too"));
    await untilTold("done", 3);
    const late: LabEvent[] = [];
    const leave = runs.listen((event) => late.push(event));
    leave();
    runs.start("kettles", says("unheard"));
    await untilTold("done", 4);
    assert.deepEqual(summary(late).sort(), [
      "2 done",
      "2 progress",
      "2 waiting",
      "3 done",
      "3 progress",
      "3 waiting",
    ]);
  });

  it("tell why they failed, and the next goes on", async () => {
    const { runs, told, untilTold } = start();
    runs.start("kettles", async () => {
      throw new Error("no water");
    });
    runs.start("phases", says("goes on"));
    await untilTold("done", 2);
    assert.deepEqual(told[1], { type: "failed", run: 1, kind: "kettles", message: "no water" });
  });

  it("are all stopped at once, those that wait among them", async () => {
    const { runs, told, untilTold } = start();
    runs.start("compare", untilStopped);
    runs.start("phases", says("never"));
    await untilTold("progress", 1);
    await runs.stop();
    assert.deepEqual(told.slice(2), [
      { type: "failed", run: 1, kind: "compare", message: "stopped" },
      { type: "failed", run: 2, kind: "phases", message: "stopped" },
    ]);
  });
});
