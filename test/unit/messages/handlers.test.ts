import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, describe, it } from "node:test";
import {
  EventLoop,
  type EventLoopOptions,
  onSlowMessage,
  run,
  type SlowMessage,
  sleep,
} from "../../../src/index.ts";
import { Event } from "../../../src/sync/index.ts";
import { Task } from "../../../src/task/index.ts";
import { blockThread } from "../../support/settling.ts";

interface Job {
  readonly type: "job";
  readonly name: string;
}

function job(name: string): Job {
  return { type: "job", name };
}

function withResolvers() {
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((_, rejecting) => {
    reject = rejecting;
  });
  return { promise, reject };
}

function jobs(options: EventLoopOptions<Job> = {}) {
  return new EventLoop<Job>({ onSlow: null, ...options });
}

describe("handlers that wait", () => {
  it("are tasks: the loop goes on with other events", async () => {
    const log: string[] = [];
    const loop = jobs();
    const shortHasEnded = new Event();
    loop.on("job", function* ({ name }) {
      log.push(`${name} begins`);
      yield* name === "long" ? shortHasEnded.wait() : sleep(1);
      log.push(`${name} ends`);
      shortHasEnded.set();
    });
    for (const name of ["long", "short"]) loop.post(job(name));
    loop.quit();
    await loop.run();
    assert.deepEqual(log, ["long begins", "short begins", "short ends", "long ends"]);
  });

  it("may return an operation instead", async () => {
    const loop = jobs();
    let woken = false;
    loop.on("job", () => sleep(1)).on("job", () => sleep(2).then(() => (woken = true)));
    loop.post(job("a"));
    loop.quit();
    await loop.run();
    assert.equal(woken, true);
  });

  it("are cancelled with the task that runs the loop", async () => {
    const log: string[] = [];
    const loop = jobs();
    const hasBegun = new Event();
    loop.on("job", function* ({ name }) {
      hasBegun.set();
      try {
        yield* sleep(1e6);
      } finally {
        log.push(`${name} ended`);
      }
    });
    loop.post(job("a"));
    const running = loop.run();
    await hasBegun.wait();
    await running.cancel();
    assert.deepEqual(log, ["a ended"]);
    assert.equal(running.state, "cancelled");
  });

  it("are named after the event", async () => {
    const loop = jobs();
    let names: (string | undefined)[] = [];
    loop.on("job", function* () {
      yield* sleep(0);
      names = [Task.current?.name];
    });
    loop.post(job("a"));
    loop.quit();
    await loop.run();
    assert.deepEqual(names, ["job"]);
  });
});

describe("handlers that fail", () => {
  it("make processEvent() throw, after all of them were called", () => {
    const log: string[] = [];
    const loop = jobs();
    const failure = new Error("first");
    loop.on("job", () => {
      throw failure;
    });
    loop.on("job", () => log.push("called"));
    assert.throws(
      () => loop.processEvent(job("a")),
      (error) => error === failure,
    );
    loop.on("job", () => {
      throw new Error("third");
    });
    assert.throws(
      () => loop.processEvent(job("b")),
      (error: AggregateError) => error.errors[0] === failure && error.errors[1].message === "third",
    );
    assert.deepEqual(log, ["called", "called"]);
  });

  it("are what run() fails with, and later events are there for another run()", async () => {
    const log: string[] = [];
    const loop = jobs();
    loop.on("job", ({ name }) => {
      if (name === "bad") throw new Error("a bad job");
      log.push(name);
    });
    for (const name of ["a", "bad", "b"]) loop.post(job(name));
    loop.quit();
    await assert.rejects(loop.run().promise, { message: "a bad job" });
    assert.deepEqual(log, ["a"]);
    await loop.run();
    assert.deepEqual(log, ["a", "b"]);
  });

  it("are what run() fails with if they are tasks, and the others are cancelled", async () => {
    const log: string[] = [];
    const loop = jobs();
    loop.on("job", function* ({ name }) {
      try {
        yield* sleep(name === "bad" ? 5 : 1e6);
        throw new Error("a bad job");
      } finally {
        log.push(`${name} ended`);
      }
    });
    for (const name of ["good", "bad"]) loop.post(job(name));
    await assert.rejects(loop.run().promise, { message: "a bad job" });
    assert.deepEqual(log, ["bad ended", "good ended"]);
  });

  it("are what run() fails with if they are async functions, and the others are cancelled", async () => {
    const log: string[] = [];
    const loop = jobs();
    loop.on("job", async ({ name }) => {
      await sleep(1);
      if (name === "bad") throw new Error("a bad job");
    });
    loop.on("job", function* ({ name }) {
      try {
        yield* sleep(1e6);
      } finally {
        log.push(`${name} ended`);
      }
    });
    for (const name of ["good", "bad"]) loop.post(job(name));
    await assert.rejects(loop.run().promise, { message: "a bad job" });
    assert.deepEqual(log.sort(), ["bad ended", "good ended"]);
  });

  it("are nobody's any more if they are async functions that fail after run() was cancelled", async () => {
    const loop = jobs();
    const { promise, reject } = withResolvers();
    loop.on("job", () => promise);
    loop.post(job("a"));
    const running = loop.run();
    await sleep(1);
    await running.cancel();
    assert.equal(running.state, "cancelled");
    // An unhandled rejection would fail this test.
    reject(new Error("too late"));
    await sleep(1);
  });

  it("are told to onError if they are async functions, with their event", async () => {
    const told: string[] = [];
    const loop = jobs({
      onError: (error, event) => told.push(`${event.name}: ${(error as Error).message}`),
    });
    loop.on("job", async ({ name }) => {
      if (name === "bad") throw new Error("at once");
      await sleep(1);
      if (name === "worse") throw new Error("later");
    });
    for (const name of ["bad", "worse", "good"]) loop.post(job(name));
    loop.quit();
    await loop.run();
    assert.deepEqual(told, ["bad: at once", "worse: later"]);
  });

  it("are told to onError, and the loop goes on", async () => {
    const told: string[] = [];
    const log: string[] = [];
    const loop = jobs({
      onError: (error, event) => told.push(`${event.name}: ${(error as Error).message}`),
    });
    loop.on("job", ({ name }) => {
      if (name === "bad") throw new Error("at once");
      log.push(name);
    });
    loop.on("job", function* ({ name }) {
      yield* sleep(1);
      if (name === "worse") throw new Error("later");
    });
    for (const name of ["bad", "worse", "good"]) loop.post(job(name));
    loop.quit();
    await loop.run();
    assert.deepEqual(told, ["bad: at once", "worse: later"]);
    assert.deepEqual(log, ["worse", "good"]);
  });
});

describe("handlers that are slow", () => {
  afterEach(() => onSlowMessage(undefined));

  function watched(slowMs?: number) {
    const slow: SlowMessage[] = [];
    const onSlow = (message: SlowMessage) => slow.push(message);
    const loop = jobs({ onSlow, ...(slowMs === undefined ? {} : { slowMs }) });
    return { slow, loop };
  }

  it("are reported, with the event's type, how long it took and where the slowest is", () => {
    const { slow, loop } = watched();
    loop.on("job", () => {});
    loop.on("job", function theSlowOne() {
      blockThread(120);
    });
    loop.on("job", () => {});
    loop.processEvent(job("a"));
    assert.deepEqual(
      slow.map(({ kind, name }) => [kind, name]),
      [["event", "job"]],
    );
    assert.ok(slow[0]!.durationMs >= 119, `${slow[0]!.durationMs} ms`);
    const { file, line, what } = slow[0]!.location!;
    assert.equal(what, "function");
    assert.match(readFileSync(file, "utf8").split("\n")[line - 1]!, /function theSlowOne/);
  });

  it("are reported although they fail", () => {
    const { slow, loop } = watched();
    loop.on("job", () => {
      blockThread(120);
      throw new Error("slow and bad");
    });
    assert.throws(() => loop.processEvent(job("a")), { message: "slow and bad" });
    assert.equal(slow.length, 1);
  });

  it("are reported once, and not as the task's that processes them", async () => {
    const tasks: SlowMessage[] = [];
    onSlowMessage((message) => tasks.push(message), { thresholdMs: 250 });
    const { slow, loop } = watched(200);
    loop.on("job", () => blockThread(300));
    loop.post(job("a"));
    loop.quit();
    await run(function* () {
      yield* loop.run();
    });
    assert.equal(slow.length, 1);
    assert.deepEqual(
      tasks.filter(({ name }) => name === "event loop"),
      [],
    );
  });

  it("are none while a handler's task only waits", async () => {
    const { slow, loop } = watched(250);
    loop.on("job", () => sleep(400));
    loop.post(job("a"));
    loop.quit();
    await loop.run();
    assert.deepEqual(slow, []);
  });

  it("are told to onSlowMessage() by default, by its threshold", () => {
    const slow: SlowMessage[] = [];
    const note = (message: SlowMessage) => slow.push(message);
    const loop = new EventLoop<Job>();
    loop.on("job", () => blockThread(100));
    onSlowMessage(note, { thresholdMs: 60_000 });
    loop.processEvent(job("a"));
    assert.deepEqual(slow, []);
    onSlowMessage(note, { thresholdMs: 90 });
    loop.processEvent(job("b"));
    assert.equal(slow.length, 1);
  });
});
