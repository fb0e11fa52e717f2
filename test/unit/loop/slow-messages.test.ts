import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, describe, it } from "node:test";
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

/** Collects what is slow by a threshold that a busy machine alone does not reach. */
function watch(thresholdMs = 250): SlowMessage[] {
  const slow: SlowMessage[] = [];
  onSlowMessage((message) => slow.push(message), { thresholdMs });
  return slow;
}

/** The line of code at a location. */
function lineAt(location: SourceLocation | null): string {
  return readFileSync(location!.file, "utf8").split("\n")[location!.line - 1]!.trim();
}

/** Checks all of a message but how far it was above the threshold. */
function assertSlow(slow: SlowMessage[], kind: string, name: string, atLeastMs: number): void {
  assert.deepEqual(
    slow.map((message) => [message.kind, message.name]),
    [[kind, name]],
  );
  assert.ok(slow[0]!.durationMs >= atLeastMs - 1, `${slow[0]!.durationMs} ms`);
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
    assertSlow(slow, "task", "resize", 300);
    assert.equal(slow[0]!.location!.what, "wait");
    assert.equal(lineAt(slow[0]!.location), "yield* sleep(2);");
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
    assertSlow(slow, "task", "the last step", 300);
    assert.equal(slow[0]!.location!.what, "function");
    assert.match(lineAt(slow[0]!.location), /function\* unnamed/);
  });

  it("tells of async functions", async () => {
    const slow = watch();
    await sleep(1);
    blockThread(300);
    await sleep(1);
    assertSlow(slow, "microtasks", "microtasks", 300);
  });

  it("tells of callbacks of timers", async () => {
    const slow = watch();
    await sleep(1).then(() => blockThread(300));
    await sleep(1);
    assertSlow(slow, "timers", "timers", 300);
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
    assertSlow(slow, "completions", "completions", 300);
  });

  it("does not take waiting for slowness", async () => {
    const slow = watch();
    await run(function* () {
      yield* spawn(() => sleep(500));
      yield* sleep(400);
    });
    await sleep(400);
    assert.deepEqual(slow, []);
  });

  it("does not add up what several messages take in one turn", async () => {
    const slow = watch();
    const block = () =>
      spawn(function* () {
        blockThread(90);
        yield* sleep(1);
      });
    await run(function* () {
      for (let i = 0; i < 4; i++) yield* block();
    });
    assert.deepEqual(slow, []);
  });

  it("does not count the time that the reports themselves take", async () => {
    const slow: SlowMessage[] = [];
    const report = (message: SlowMessage) => {
      slow.push(message);
      blockThread(300);
    };
    onSlowMessage(report, { thresholdMs: 250 });
    await run(function* first() {
      yield* spawn(() => sleep(1), { name: "second" });
      blockThread(300);
      yield* sleep(1);
    });
    assertSlow(slow, "task", "first", 300);
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
    const [warning, ...others] = await warningsOf(`
      await run(function* resize() {
        yield* sleep(1);
        block(120);
        yield* sleep(1);
      });`);
    assert.deepEqual(others, []);
    assert.match(
      warning!,
      /\[PENTIO_SLOW_MESSAGE\].*The task "resize" held the loop for \d{3,} ms, up to its wait at .*:7:\d+; .*Worker/,
    );
  });

  it("comes once a minute for each name", async () => {
    const warnings = await warningsOf(`
      for (const name of ["first", "second", "first", "second"]) {
        await run(function* () { block(60); yield* sleep(1); }, { name });
      }`);
    assert.deepEqual(
      warnings.map((warning) => /task "(\w+)"/.exec(warning)?.[1]),
      ["first", "second"],
    );
  });

  it("does not come for a program that only waits", async () => {
    const env = { PENTIO_SLOW_MS: "500" };
    assert.deepEqual(await warningsOf(`await run(() => sleep(700)); await sleep(700);`, env), []);
  });

  it("takes its threshold from PENTIO_SLOW_MS or from the program", async () => {
    const blocking = `await run(function* () { block(120); yield* sleep(1); });`;
    assert.deepEqual(await warningsOf(blocking, { PENTIO_SLOW_MS: "5000" }), []);
    assert.deepEqual(await warningsOf(blocking, { PENTIO_SLOW_MS: "Infinity" }), []);
    assert.deepEqual(await warningsOf(`onSlowMessage(undefined, { thresholdMs: 5000 }); ${blocking}`), []);
    const env = { PENTIO_SLOW_MS: "5000" };
    assert.equal(
      (await warningsOf(`onSlowMessage(undefined, { thresholdMs: 100 }); ${blocking}`, env)).length,
      1,
    );
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
