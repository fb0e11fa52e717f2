import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { EventLoop, run } from "../../src/index.ts";
import { programResult, runProgram, startProgram } from "../support/programs.ts";

const guard = { timeout: 180_000 };

interface Count {
  readonly type: "count";
  readonly who: number;
  readonly number: number;
}

type Incoming = Count | { readonly type: "done"; readonly who: number };

/** Posts events and ends. */
const poster = `
  const { workerData: { port, who, count } } = require("node:worker_threads");
  for (let number = 0; number < count; number++) port.postMessage({ type: "count", who, number });
  port.postMessage({ type: "done", who });
  port.close();
`;

function startPoster(loop: EventLoop<Incoming>, who: number, count: number): Worker {
  const port = loop.port();
  return new Worker(poster, { eval: true, workerData: { port, who, count }, transferList: [port] });
}

describe("events of other threads", () => {
  it("come in the order in which each thread has posted them, and none is lost", guard, async () => {
    const loop = new EventLoop<Incoming>({ onSlow: null });
    const numbers: number[][] = [[], [], []];
    let running = numbers.length;
    loop.on("count", ({ who, number }) => numbers[who]!.push(number));
    loop.on("done", () => {
      if (--running === 0) loop.quit();
    });
    const exits = numbers.map((_, who) => once(startPoster(loop, who, 2000), "exit"));
    await loop.run();
    const expected = Array.from({ length: 2000 }, (_, i) => i);
    for (const got of numbers) assert.deepEqual(got, expected);
    await Promise.all(exits);
  });

  it("wake a task that waits for one", guard, async () => {
    const loop = new EventLoop<Incoming>();
    const event = await run(function* () {
      startPoster(loop, 7, 0);
      return yield* loop.getEvent();
    });
    assert.deepEqual(event, { type: "done", who: 7 });
    loop.close();
  });

  it("come although the Worker was terminated after it had posted them", guard, async () => {
    const loop = new EventLoop<Incoming>();
    const port = loop.port();
    const source = `
      const { parentPort, workerData } = require("node:worker_threads");
      workerData.postMessage({ type: "done", who: 1 });
      parentPort.postMessage("posted");
      setInterval(() => {}, 1e6);`;
    const worker = new Worker(source, { eval: true, workerData: port, transferList: [port] });
    await once(worker, "message");
    await worker.terminate();
    assert.deepEqual(await loop.getEvent(), { type: "done", who: 1 });
    loop.close();
  });

  it("that are no events are uncaught exceptions", guard, async () => {
    const { lines } = await runProgram(`
      import { EventLoop } from "$src/index.js";
      process.on("uncaughtException", (error) => { console.log(error.code); loop.close(); });
      const loop = new EventLoop();
      loop.port().postMessage("no event");
      await loop.run();`);
    assert.deepEqual(lines, ["ERR_INVALID_ARG_TYPE"]);
  });

  it("are taken in a Worker, too", guard, async () => {
    const worker = `
      import { EventLoop } from "$src/index.js";
      import { parentPort, workerData } from "node:worker_threads";
      const loop = new EventLoop();
      loop.on("text", ({ text }) => { parentPort.postMessage(text.toUpperCase()); loop.quit(); });
      try { loop.postOn("SIGUSR2", { type: "text" }); } catch (error) { parentPort.postMessage(error.code); }
      const port = loop.port();
      parentPort.postMessage(port, [port]);
      await loop.run();`;
    const answers = await programResult<string[]>(`
      import { Worker } from "node:worker_threads";
      const source = ${JSON.stringify(worker)};
      const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(source)));
      const answers = [];
      worker.on("message", (message) => {
        if (typeof message === "string") answers.push(message);
        else message.postMessage({ type: "text", text: "hello" });
      });
      worker.on("exit", () => console.log(JSON.stringify(answers)));`);
    assert.deepEqual(answers, ["ERR_WORKER_UNSUPPORTED_OPERATION", "HELLO"]);
  });
});

describe("signals as events", () => {
  it("come when the process is sent one, until that is ended", guard, async () => {
    const loop = new EventLoop<{ type: "reload" }>();
    const listeners = process.listenerCount("SIGUSR2");
    const stop = loop.postOn("SIGUSR2", { type: "reload" });
    process.kill(process.pid, "SIGUSR2");
    assert.deepEqual(await loop.getEvent(), { type: "reload" });
    stop();
    assert.equal(process.listenerCount("SIGUSR2"), listeners);
    loop.postOn("SIGUSR2", { type: "reload" });
    loop.close();
    assert.equal(process.listenerCount("SIGUSR2"), listeners);
  });

  it("wake a program of its own, from outside", guard, async () => {
    const program = startProgram(`
      import { EventLoop } from "$src/index.js";
      const loop = new EventLoop();
      loop.on("reload", () => console.log("reloaded"));
      loop.on("end", () => loop.quit());
      loop.postOn("SIGHUP", { type: "reload" });
      loop.postOn("SIGTERM", { type: "end" });
      console.log("ready");
      await loop.run();
      console.log("ended");`);
    assert.equal(await program.line(), "ready");
    program.child.kill("SIGHUP");
    assert.equal(await program.line(), "reloaded");
    program.child.kill("SIGTERM");
    assert.deepEqual(await program.end(), { code: 0, signal: null, stderr: "", lines: ["ended"] });
  });

  it("must have names that the system knows", () => {
    const loop = new EventLoop();
    assert.throws(() => loop.postOn("SIGFOO" as never, { type: "x" }), { code: "ERR_UNKNOWN_SIGNAL" });
    assert.throws(() => loop.postOn("SIGKILL", { type: "x" }), { code: "EINVAL" });
    assert.throws(() => loop.postOn("SIGUSR2", {} as never), { code: "ERR_INVALID_ARG_TYPE" });
  });
});

describe("a process with an event loop", () => {
  const header = `
    import { EventLoop } from "$src/index.js";
    const loop = new EventLoop();
    process.on("exit", () => console.log("exit"));`;

  it("lives while somebody waits for an event", guard, async () => {
    const program = `${header}
      setTimeout(() => loop.post({ type: "x" }), 50).unref();
      console.log((await loop.getEvent()).type);`;
    assert.deepEqual((await runProgram(program)).lines, ["x", "exit"]);
  });

  it("does not live for its loop, ports and signals alone", guard, async () => {
    const program = `${header}
      globalThis.port = loop.port();
      loop.postOn("SIGHUP", { type: "x" });
      loop.post({ type: "x" });`;
    const { code, lines } = await runProgram(program);
    assert.deepEqual({ code, lines }, { code: 0, lines: ["exit"] });
  });

  it("does not live for a loop that is unreferenced, before or during the wait", guard, async () => {
    const before = `${header} loop.unref().run();`;
    assert.deepEqual((await runProgram(before)).lines, ["exit"]);
    const during = `${header} loop.run(); setTimeout(() => loop.unref(), 20).unref();`;
    assert.deepEqual((await runProgram(during)).lines, ["exit"]);
    const again = `${header}
      loop.unref().run();
      loop.on("x", () => { console.log("x"); loop.quit(); });
      setImmediate(() => loop.ref());
      setTimeout(() => loop.post({ type: "x" }), 50).unref();`;
    assert.deepEqual((await runProgram(again)).lines, ["x", "exit"]);
  });

  it("fails when a handler does and nobody waits for run()", guard, async () => {
    const { code, stderr } = await runProgram(`${header}
      loop.on("x", () => { throw new Error("of the handler"); });
      loop.post({ type: "x" });
      loop.run();`);
    assert.equal(code, 1);
    assert.match(stderr, /of the handler/);
  });
});
