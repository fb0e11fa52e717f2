import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import net from "node:net";
import { afterEach, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import {
  connect,
  listen,
  onSlowMessage,
  run,
  type SlowMessage,
  type SourceLocation,
  sleep,
  spawn,
} from "../../../src/index.ts";
import { runProgram } from "../../support/programs.ts";
import { blockThread } from "../../support/settling.ts";

/** Collects what is slow. A busy machine may add to it. */
function watch(thresholdMs = 250): SlowMessage[] {
  const slow: SlowMessage[] = [];
  onSlowMessage((message) => slow.push(message), { thresholdMs });
  return slow;
}

/** The line of code at a location. */
function lineAt(location: SourceLocation | null): string {
  return readFileSync(location!.file, "utf8").split("\n")[location!.line - 1]!.trim();
}

/** The time that tests block the thread for; a timer of the kernel's may be a little early by our clock. */
const BLOCKED_MS = 300 - 1;

/**
 * The message of a kind and name that the thread was blocked in. On a busy machine others of a kind that has no names may be
 * slow as well, and not so long.
 */
function theBlocked(slow: SlowMessage[], kind: string, name = kind): SlowMessage {
  const ofKind = slow.filter((message) => message.kind === kind && message.name === name);
  const message = ofKind.find(({ durationMs }) => durationMs >= BLOCKED_MS);
  assert.ok(message, `no ${kind} ${name} of ${BLOCKED_MS} ms among ${JSON.stringify(ofKind)}`);
  return message;
}

describe("the watch for slow messages", () => {
  afterEach(() => onSlowMessage(undefined));

  it("tells of a task's step, with the wait that came after it", async () => {
    const slow = watch();
    await run(function* resize() {
      yield* sleep(1);
      blockThread(300);
      yield* sleep(2);
      yield* sleep(3);
    });
    const { location } = theBlocked(slow, "task", "resize");
    assert.equal(location!.what, "wait");
    assert.equal(lineAt(location), "yield* sleep(2);");
  });

  it("tells of a task's last step, with the function", async () => {
    const slow = watch();
    await run(function* outer() {
      yield* spawn(
        function* unnamed() {
          yield* sleep(1);
          blockThread(300);
        },
        { name: "the last step" },
      );
    });
    const { location } = theBlocked(slow, "task", "the last step");
    assert.equal(location!.what, "function");
    assert.match(lineAt(location), /function\* unnamed/);
  });

  it("tells of async functions", async () => {
    const slow = watch();
    await sleep(1);
    blockThread(300);
    await sleep(1);
    theBlocked(slow, "microtasks");
  });

  it("tells of callbacks of timers", async () => {
    const slow = watch();
    await sleep(1).then(() => blockThread(300));
    await sleep(1);
    theBlocked(slow, "timers");
  });

  it("tells of callbacks of operations that have completed", async () => {
    const slow = watch();
    const server = await listen({ host: "127.0.0.1" });
    const client = await connect({ host: "127.0.0.1", port: server.port });
    const socket = await server.accept();
    const reading = socket.read().then(() => blockThread(300));
    await client.write("x");
    await reading;
    await Promise.all([client.close(), socket.close(), server.close()]);
    theBlocked(slow, "completions");
  });

  it("does not take waiting for slowness", async () => {
    const slow = watch(1000);
    const task = run(function* () {
      yield* spawn(() => sleep(1200));
      yield* sleep(1100);
    });
    await sleep(1100);
    await task;
    const server = await listen({ host: "127.0.0.1" });
    const accepting = Promise.resolve(server.accept());
    // Nothing of ours runs meanwhile.
    await delay(1100);
    const client = net.connect(server.port, "127.0.0.1");
    const socket = await accepting;
    client.destroy();
    await Promise.all([socket.close(), server.close()]);
    assert.deepEqual(slow, []);
  });

  it("does not add up what several messages take in one turn", async () => {
    const slow = watch(1000);
    for (let attempts = 1; ; attempts++) {
      let longestMs = 0;
      const block = () =>
        spawn(function* () {
          const began = performance.now();
          blockThread(300);
          longestMs = Math.max(longestMs, performance.now() - began);
          yield* sleep(1);
        });
      await run(function* () {
        for (let i = 0; i < 4; i++) yield* block();
      });
      if (slow.length === 0) break;
      // On a machine that is held up one of them may be slow in earnest.
      assert.ok(longestMs > 900 && attempts < 20, `reported, though none took more than ${longestMs} ms`);
      slow.length = 0;
    }
  });

  it("does not count the time that the reports themselves take", async () => {
    const slow: SlowMessage[] = [];
    const report = (message: SlowMessage) => {
      slow.push(message);
      blockThread(300);
    };
    onSlowMessage(report, { thresholdMs: 250 });
    await run(function* () {
      yield* spawn(function* first() {
        blockThread(300);
        yield* sleep(1);
      });
      yield* spawn(() => sleep(1), { name: "second" });
    });
    theBlocked(slow, "task", "first");
    assert.deepEqual(
      slow.filter(({ name }) => name === "second"),
      [],
    );
  });

  it("can be switched off", async () => {
    const slow = watch(Number.POSITIVE_INFINITY);
    await run(function* () {
      blockThread(60);
      yield* sleep(1);
    });
    assert.deepEqual(slow, []);
  });

  it("goes on after a handler that throws, which is an uncaught exception", async () => {
    const { code, lines, stderr } = await runProgram(`
      import { onSlowMessage, run, sleep, spawn } from "$src/index.js";
      process.on("uncaughtException", (error) => console.log("uncaught " + error.message));
      onSlowMessage(() => { throw new Error("of the handler"); }, { thresholdMs: 40 });
      await run(function* () {
        yield* spawn(function* () { yield* sleep(1); console.log("the next"); });
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
        yield* sleep(50);
      });
    `);
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.ok(lines.includes("the next"));
    assert.ok(lines.includes("uncaught of the handler"));
  });

  it("refuses what is no handler and no threshold", () => {
    assert.throws(() => onSlowMessage("warn" as never), { code: "ERR_INVALID_ARG_TYPE" });
    for (const thresholdMs of [-1, Number.NaN, "x" as never]) {
      assert.throws(() => onSlowMessage(null, { thresholdMs }), { code: "ERR_OUT_OF_RANGE" });
    }
  });
});

/** Runs a program in which `block(ms)` blocks the thread; gives the warnings. */
async function warningsOf(body: string, env: Record<string, string> = {}): Promise<string[]> {
  const { code, stderr } = await runProgram(
    `import { onSlowMessage, run, sleep, spawn } from "$src/index.js";
const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
${body}`,
    { env: { PENTIO_SLOW_MS: "", ...env } },
  );
  assert.equal(code, 0, stderr);
  return stderr.split("\n").filter((line) => line.includes("PENTIO_"));
}

describe("the warning of slow messages", () => {
  it("names the task, how long it took and the line, and says what to do", async () => {
    const warnings = await warningsOf(`
      await run(function* resize() {
        yield* sleep(1);
        block(120);
        yield* sleep(1);
      });`);
    assert.match(
      warnings.find((warning) => warning.includes("resize"))!,
      /\[PENTIO_SLOW_MESSAGE\].*The task "resize" held the loop for \d{3,} ms, up to its wait at .*:7:\d+; .*Worker/,
    );
  });

  it("comes once a minute for each name", async () => {
    const warnings = await warningsOf(`
      for (const name of ["first", "second", "first", "second"]) {
        await run(function* () { block(60); yield* sleep(1); }, { name });
      }`);
    assert.deepEqual(
      warnings.flatMap((warning) => /task "(\w+)"/.exec(warning)?.[1] ?? []),
      ["first", "second"],
    );
  });

  it("remembers names, but not without end", async () => {
    const { lines, stderr } = await runProgram(`
      import { onSlowMessage, reportSlow } from "$src/loop/index.js";
      let warnings = 0;
      process.removeAllListeners("warning").on("warning", () => warnings++);
      const slow = (name) => reportSlow("task", name, 60, () => null);
      for (let i = 0; i < 5000; i++) slow("task " + i % 1000);
      await new Promise((resolve) => setImmediate(resolve));
      console.log(warnings);
      slow("one more");
      slow("task 0");
      slow("task 999");
      await new Promise((resolve) => setImmediate(resolve));
      console.log(warnings);`);
    assert.deepEqual({ lines, stderr }, { lines: ["1000", "1002"], stderr: "" });
  });

  it("does not come for a program that only waits", async () => {
    const env = { PENTIO_SLOW_MS: "1000" };
    assert.deepEqual(await warningsOf(`await run(() => sleep(1100)); await sleep(1100);`, env), []);
  });

  it("takes its threshold from PENTIO_SLOW_MS or from the program", async () => {
    const blocking = `await run(function* () { block(120); yield* sleep(1); });`;
    assert.deepEqual(await warningsOf(blocking, { PENTIO_SLOW_MS: "5000" }), []);
    assert.deepEqual(await warningsOf(blocking, { PENTIO_SLOW_MS: "Infinity" }), []);
    assert.deepEqual(await warningsOf(`onSlowMessage(undefined, { thresholdMs: 5000 }); ${blocking}`), []);
    const env = { PENTIO_SLOW_MS: "5000" };
    const [warning] = await warningsOf(`onSlowMessage(undefined, { thresholdMs: 100 }); ${blocking}`, env);
    assert.match(warning!, /The task/);
  });

  it("tells of a threshold in the environment that is no number, and goes on with the default", async () => {
    const warnings = await warningsOf(`await sleep(1);`, { PENTIO_SLOW_MS: "quick" });
    assert.match(warnings[0]!, /PENTIO_INVALID_ENVIRONMENT.*"quick"/);
  });

  it("does not come when the program wants none", async () => {
    assert.deepEqual(
      await warningsOf(`onSlowMessage(null); await run(function* () { block(120); yield* sleep(1); });`),
      [],
    );
  });
});
