import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { currentLoop } from "../../../src/task/index.ts";
import { TreeInterpreter } from "./tree-interpreter.ts";
import { program } from "./tree-programs.ts";

const RUNS = 3000;

function waits() {
  const { refs, timers } = currentLoop().statistics();
  return { refs, timers };
}

describe("a tree of tasks, whatever happens in it,", () => {
  it("ends, cleans up once, leaves nothing behind, loses no error and no result", async (t) => {
    let begun = 0;
    let errors = 0;
    const property = fc.asyncProperty(program, async (program) => {
      const before = waits();
      const interpreter = new TreeInterpreter();
      await interpreter.run(program);
      begun += interpreter.begun;
      errors += interpreter.errors;
      assert.deepEqual(interpreter.violations, []);
      assert.equal(interpreter.unfinished, 0, "finally blocks that have not run once");
      assert.equal(interpreter.shieldsLeft, 0, "shields that have not finished");
      assert.deepEqual(interpreter.lost, [], "errors that nobody was told of");
      assert.equal(interpreter.tokensLeft, 0, "results that were neither taken nor given back");
      for (const task of interpreter.tasks) assert.notEqual(task.state, "running");
      assert.deepEqual(waits(), before, "waits that are left in the loop");
    });
    await fc.assert(property, { numRuns: RUNS, includeErrorInReport: true });
    t.diagnostic(`${begun} tasks, ${errors} errors`);
    assert.ok(begun > RUNS && errors > RUNS / 10);
  });
});
