import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { currentLoop } from "../../../src/task/index.ts";
import { Forest } from "./forest.ts";
import { program } from "./programs.ts";

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
      const forest = new Forest();
      await forest.run(program);
      begun += forest.begun;
      errors += forest.errors;
      assert.deepEqual(forest.violations, []);
      assert.equal(forest.unfinished, 0, "finally blocks that have not run once");
      assert.equal(forest.shieldsLeft, 0, "shields that have not finished");
      assert.deepEqual(forest.lost, [], "errors that nobody was told of");
      assert.equal(forest.tokensLeft, 0, "results that were neither taken nor given back");
      for (const task of forest.tasks) assert.notEqual(task.state, "running");
      assert.deepEqual(waits(), before, "waits that are left in the loop");
    });
    await fc.assert(property, { numRuns: RUNS, includeErrorInReport: true });
    t.diagnostic(`${begun} tasks, ${errors} errors`);
    assert.ok(begun > RUNS && errors > RUNS / 10);
  });
});
