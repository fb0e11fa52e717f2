/**
 * The phases of a read as the lab measures them, on the real kernel: their order on every model, and who did what. No
 * duration is asserted, but that nothing comes before it was sent.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify, stripVTControlCharacters } from "node:util";
import { models, probeModels } from "../../src/drivers/index.ts";
import { type Form, measurePhases, type Timeline } from "../../src/lab/index.ts";
import { formatPhases, nameOf, type PhasesReport } from "../../src/lab/phases/index.ts";
import { describeMachine } from "../../src/reporting/index.ts";

const guard = { timeout: 180_000 };
const works = probeModels().flatMap(({ model, works }) => (works ? [model as string] : []));
/** Long enough for a thread to come to its call before the data does, on a machine that is busy with other things. */
const DELAY_MS = 300;
/** Models whose book's figure has a thread that waits or asks. */
const WITH_PLAIN_CALLS = ["blocking", "nonblocking", "select", "poll", "epoll"];
const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

const timelines: Timeline[] = [];

before(async () => {
  for await (const timeline of measurePhases({ delayMs: DELAY_MS })) timelines.push(timeline);
}, guard);

const run = promisify(execFile);

/** The time line of a model that works here. */
function timelineOf(model: string, form: Form = "driver"): Timeline {
  const timeline = timelines.find((timeline) => timeline.model === model && timeline.form === form);
  assert.ok(timeline, `no time line of ${model}, ${form}`);
  return timeline;
}

function assertInOrder(moments: readonly (number | null)[], what: string): void {
  const known = moments.filter((moment) => moment !== null);
  assert.deepEqual(
    known.toSorted((a, b) => a - b),
    known,
    what,
  );
}

/** Whether a thread was blocked from before the data came until it was there. */
function isBlockedOver({ arrivedUs, ...timeline }: Timeline, thread: "loopThread" | "helperThread"): boolean {
  return timeline[thread].some(
    ({ state, fromUs, toUs }) => state === "blocked" && fromUs < arrivedUs! && toUs >= arrivedUs!,
  );
}

describe("the phases of a read", () => {
  it("are measured on every model that works here, in the order of the book, its own calls first", () => {
    const forms = (model: string) => (WITH_PLAIN_CALLS.includes(model) ? ["plain", "driver"] : ["driver"]);
    assert.deepEqual(
      timelines.map(({ model, form }) => [model, form]),
      works.flatMap((model) => forms(model).map((form) => [model, form])),
    );
    for (const { delayMs, sizeBytes } of timelines) {
      assert.deepEqual([delayMs, sizeBytes], [DELAY_MS, 1024]);
    }
  });

  it("follow each other: asked, sent, arrived, told of readiness, copied, told", () => {
    for (const { model, ...timeline } of timelines) {
      const { sentUs, arrivedUs, readyToldUs, copiedUs, toldUs } = timeline;
      assert.ok(sentUs !== null && arrivedUs !== null, model);
      assert.ok(arrivedUs >= DELAY_MS * 1000, `${model}: ${arrivedUs}`);
      assertInOrder([0, sentUs, arrivedUs, copiedUs, toldUs], model);
      assertInOrder([0, arrivedUs, readyToldUs, copiedUs], model);
    }
  });

  it("are not measured where there is nothing to measure, which is said", () => {
    for (const { model, notMeasured, ...timeline } of timelines) {
      const missing = (["sentUs", "arrivedUs", "readyToldUs", "copiedUs"] as const).filter(
        (name) => timeline[name] === null,
      );
      for (const name of missing) assert.ok(notMeasured[name], `${model}: ${name}`);
    }
  });

  it("leave the thread free on every driver, and blocked in the book's own blocking calls", () => {
    for (const { model, form, loopThread, otherWork } of timelines) {
      const blocks = form === "plain" && model !== "nonblocking";
      assert.equal(
        loopThread.some(({ state }) => state === "blocked"),
        blocks,
        model,
      );
      assert.equal(otherWork > 0, !blocks, `${model}: ${otherWork} units`);
    }
  });

  it("cover the whole time of the thread that asks, without a gap", () => {
    for (const { model, loopThread, toldUs } of timelines) {
      let reachedUs = 0;
      for (const { fromUs, toUs } of loopThread) {
        assert.equal(fromUs, reachedUs, model);
        reachedUs = toUs;
      }
      assert.equal(reachedUs, toldUs, model);
    }
  });

  it("on blocking, a thread is blocked in recv until the data is there: a helper, or the one that asks", () => {
    assert.ok(isBlockedOver(timelineOf("blocking"), "helperThread"));
    assert.ok(isBlockedOver(timelineOf("blocking", "plain"), "loopThread"));
  });

  it("on nonblocking, calls are in vain until one is not", () => {
    for (const form of ["plain", "driver"] as const) {
      const { retries, calls } = timelineOf("nonblocking", form);
      assert.ok(retries > 0, form);
      const outcomes = calls.filter(({ name }) => name === "recv").map(({ outcome }) => outcome);
      assert.deepEqual(outcomes, [...Array(retries).fill("EAGAIN"), "bytes"]);
    }
  });

  it("on models of readiness, the program is told and then copies", () => {
    const ofReadiness = timelines.filter(({ kind }) => ["multiplexing", "signal-driven"].includes(kind));
    assert.ok(ofReadiness.length >= 4);
    for (const { model, readyToldUs, copiedUs, arrivedUs } of ofReadiness) {
      assert.ok(arrivedUs !== null && readyToldUs !== null && copiedUs !== null, model);
      assert.ok(arrivedUs <= readyToldUs && readyToldUs < copiedUs, model);
    }
  });

  it("on multiplexing, the book's thread is blocked in the call that waits, and then copies in another", () => {
    for (const [model, call] of Object.entries({ select: "select", poll: "poll", epoll: "epoll_wait" })) {
      const timeline = timelineOf(model, "plain");
      assert.ok(isBlockedOver(timeline, "loopThread"), model);
      const names = timeline.calls.map(({ name }) => name);
      assert.deepEqual(names.slice(-2), [call, "recv"], model);
    }
  });

  it("on asynchronous models, nobody of ours receives", () => {
    for (const model of works.filter((model) => timelineOf(model).kind === "asynchronous")) {
      const { calls, retries } = timelineOf(model);
      assert.ok(!calls.some(({ name }) => name === "recv"), model);
      assert.ok(calls.length > 0 && retries === 0, model);
    }
  });

  it(
    "are measured after a shorter delay too, and of the largest datagram, every byte checked",
    guard,
    async () => {
      // Each of these has memory of its own for what comes in; the other models share epoll's.
      const models = ["blocking", "epoll", "aio", "io_uring"].filter((model) => works.includes(model));
      const setting = { delayMs: 10, sizeBytes: 60_000 };
      for await (const { model, arrivedUs, toldUs, sizeBytes } of measurePhases({ models, ...setting })) {
        assert.ok(arrivedUs !== null && arrivedUs >= setting.delayMs * 1000, model);
        assert.ok(toldUs >= arrivedUs && sizeBytes === setting.sizeBytes, model);
      }
    },
  );
});

describe("measuring the phases", () => {
  it("refuses what is out of range, and models that nobody knows", async () => {
    await assert.rejects(measurePhases({ delayMs: 0 }).next(), { code: "ERR_OUT_OF_RANGE" });
    await assert.rejects(measurePhases({ sizeBytes: 60_001 }).next(), { code: "ERR_OUT_OF_RANGE" });
    await assert.rejects(measurePhases({ models: ["kqueue"] }).next(), {
      code: "ERR_INVALID_ARG_VALUE",
      message: `Unknown I/O model "kqueue"; the models are ${models.join(", ")}`,
    });
  });

  it("stops when it is told to", guard, async () => {
    const stop = new AbortController();
    const first = measurePhases({ models: ["epoll"], delayMs: 500, signal: stop.signal }).next();
    setImmediate(() => stop.abort());
    await assert.rejects(first, { name: "AbortError" });
  });
});

describe("time lines as text", () => {
  it("have both phases of every model under its bars, which are all as wide", () => {
    const report: PhasesReport = {
      pentio: "0",
      ...describeMachine(),
      measuredAt: new Date().toISOString(),
      options: { models: works, delayMs: DELAY_MS, sizeBytes: 1024 },
      timelines,
      skipped: [],
      failed: [],
    };
    const text = formatPhases(report, 80, (_style, text) => text);
    for (const model of timelines.map(nameOf)) {
      const [, lines] = text.split(`\n${model}: `);
      assert.match(lines!, /^[^\n]* I\/O\n {2}loop {3}.{70}\n/, model);
      assert.match(lines!, /^ {2}waiting for data: [\d.]+ m?s, the (calling )?thread is .*$/m, model);
      assert.match(lines!, /^ {2}copying data: .* (thread|time|see)$/m, model);
    }
    assert.match(text, /^ {2}helper +█+ *$/m, "the thread that is blocked for another");
    assert.match(text, /^ {2}loop .*\|.*\|.*▓░* *$/m, "tries in vain, and one that is not");
  });
});

describe("pentio lab --phases", guard, () => {
  it("draws lines as wide as the terminal, without colours where there is none", async () => {
    const args = ["lab", "--phases", "--models", "nonblocking", "--delay", "5", "--size", "9"];
    const env = { ...process.env, COLUMNS: "60" };
    const { stdout, stderr } = await run(process.execPath, [main, ...args], { env });
    assert.match(stdout, /a UDP datagram of 9 bytes, sent 5 ms after/);
    assert.match(stdout, /^ {2}loop {3}.{50}$/m);
    assert.equal(stripVTControlCharacters(stdout), stdout);
    assert.equal(stderr, "nonblocking: reading\n");
  });

  it("--json prints one document with the time lines", async () => {
    const args = ["lab", "--phases", "--models", "epoll", "--delay", "5", "--json"];
    const { stdout } = await run(process.execPath, [main, ...args]);
    const { timelines, options, failed } = JSON.parse(stdout) as PhasesReport;
    assert.deepEqual(options, { models: ["epoll"], delayMs: 5, sizeBytes: 1024 });
    assert.deepEqual(timelines.map(nameOf), ["epoll (plain calls)", "epoll (Pentio's loop)"]);
    assert.deepEqual(failed, []);
  });
});
