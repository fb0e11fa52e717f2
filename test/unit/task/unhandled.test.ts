import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runProgram } from "../../support/programs.ts";

/** Runs a program that uses tasks. */
async function outcomeOf(source: string) {
  const { code, stderr, lines } = await runProgram(
    `import { run, sleep, spawn } from "$src/task/index.js";\n${source}`,
  );
  return { code, stderr, stdout: lines.map((line) => `${line}\n`).join("") };
}

describe("the failure of a task that nobody waits for", () => {
  it("ends the process like an unhandled rejection", async () => {
    const { code, stderr } = await outcomeOf(`
      run(function* () { yield* sleep(1); throw new Error("nobody cares"); });
      setTimeout(() => console.log("still there"), 100_000);
    `);
    assert.equal(code, 1);
    assert.match(stderr, /nobody cares/);
  });

  it("is an unhandledRejection of Node's, once, with the very error", async () => {
    const { code, stdout, stderr } = await outcomeOf(`
      process.on("unhandledRejection", (error) => console.log("unhandled:", error.message));
      run(function* () {
        yield* spawn(function* () { throw new Error("of the child"); });
        yield* sleep(1e6);
      });
    `);
    assert.equal(stderr, "");
    assert.equal(stdout, "unhandled: of the child\n");
    assert.equal(code, 0);
  });

  it("is none when somebody waits", async () => {
    const { code, stdout, stderr } = await outcomeOf(`
      process.on("unhandledRejection", (error) => console.log("unhandled:", error.message));
      const task = run(function* () { yield* sleep(1); throw new Error("caught"); });
      try { await task; } catch (error) { console.log(error.message); }
      const other = run(function* () { throw new Error("handled"); });
      other.then(null, (error) => console.log(error.message));
      const third = run(function* () { throw new Error("by promise"); });
      third.promise.catch((error) => console.log(error.message));
    `);
    assert.equal(stderr, "");
    assert.equal(stdout, "caught\nhandled\nby promise\n");
    assert.equal(code, 0);
  });

  it("is one when a chain does not catch it", async () => {
    for (const chain of [
      "task.then(() => {})",
      "task.promise.finally(() => {})",
      "task.then(() => {}).finally(() => {})",
    ]) {
      const { stdout } = await outcomeOf(`
        process.on("unhandledRejection", (error) => console.log("unhandled:", error.message));
        const task = run(function* () { throw new Error("not caught"); });
        ${chain};
      `);
      assert.equal(stdout, "unhandled: not caught\n", chain);
    }
  });

  it("is none for a task that was cancelled", async () => {
    const { code, stdout, stderr } = await outcomeOf(`
      const task = run(function* () { yield* sleep(1e6); });
      setTimeout(() => { task.cancel(); setTimeout(() => console.log(task.state), 10); }, 10);
    `);
    assert.equal(stderr, "");
    assert.equal(stdout, "cancelled\n");
    assert.equal(code, 0);
  });
});

describe("an operation's failure that nobody catches", () => {
  it("is an unhandledRejection of Node's", async () => {
    const { stdout } = await outcomeOf(`
      process.on("unhandledRejection", (error) => console.log("unhandled:", error.code));
      const operation = spawn(function* () {});
      operation.then(() => console.log("not called"));
    `);
    assert.equal(stdout, "unhandled: ERR_INVALID_STATE\n");
  });

  it("in a callback of then() is one, too", async () => {
    const { stdout } = await outcomeOf(`
      process.on("unhandledRejection", (error) => console.log("unhandled:", error.message));
      sleep(1).then(() => { throw new Error("of the callback"); });
    `);
    assert.equal(stdout, "unhandled: of the callback\n");
  });
});

describe("a process", () => {
  it("lives while a task sleeps and ends when all tasks have", async () => {
    const { code, stdout } = await outcomeOf(`
      run(function* () { yield* sleep(50); console.log("awake"); });
      process.on("exit", () => console.log("exit"));
    `);
    assert.equal(stdout, "awake\nexit\n");
    assert.equal(code, 0);
  });

  it("goes on after a task's failure was handled", async () => {
    const { code, stdout } = await outcomeOf(`
      await run(function* () { throw new Error("first"); }).then(null, () => {});
      await run(function* () { yield* sleep(1); console.log("second"); });
    `);
    assert.equal(stdout, "second\n");
    assert.equal(code, 0);
  });
});
