import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  CancelledError,
  type Coroutine,
  currentLoop,
  run,
  sleep,
  spawn,
  type Task,
} from "../../../src/task/index.ts";
import { Instant, turns } from "../support/operations.ts";
import { Random, seeds } from "../support/random.ts";

/** A random tree of tasks in which everything happens that can happen, and the books that are kept on it. */
class Forest {
  readonly random: Random;
  readonly tasks: Task<unknown>[] = [];
  begun = 0;
  /** Bodies that are between their begin and the end of their `finally`. */
  inside = 0;
  errors = 0;
  readonly seen = new Set<string>();

  constructor(random: Random) {
    this.random = random;
  }

  /** Notes the errors that came to somebody. */
  see(error: unknown): void {
    if (error instanceof CancelledError) return;
    if (error instanceof AggregateError) for (const part of error.errors) this.see(part);
    else this.seen.add((error as Error).message);
  }

  fail(): never {
    throw new Error(`#${this.errors++}`);
  }

  *node(depth: number): Coroutine<number> {
    const { random } = this;
    const children: Task<number>[] = [];
    let failing = false;
    this.begun++;
    this.inside++;
    try {
      for (let steps = random.below(25); steps > 0; steps--) {
        const choice = random.below(12);
        const child = children.length > 0 ? random.pick(children) : undefined;
        if (choice < 2) yield* sleep(random.below(3));
        else if (choice < 3) for (let i = random.below(100); i > 0; i--) yield* new Instant(i);
        else if (choice < 7 && depth > 0) children.push(yield* this.spawn(depth - 1));
        else if (choice < 9 && child) yield* this.join(child);
        else if (choice < 10 && child) {
          if (random.chance(0.5)) child.cancel();
          else yield* child.cancel();
        } else if (choice < 11 && random.chance(0.08)) {
          failing = true;
          this.fail();
        } else if (random.chance(0.02)) random.pick(this.tasks).cancel();
      }
      return depth;
    } finally {
      try {
        // A cancellation that comes while the clean-up after an error waits replaces the error, as an error in `finally`
        // does: that is the language's way, not ours.
        if (!failing && random.chance(0.3)) yield* sleep(random.below(2));
        if (!failing && random.chance(0.02)) this.fail();
      } finally {
        this.inside--;
      }
    }
  }

  *spawn(depth: number): Coroutine<Task<number>> {
    const child = yield* spawn(() => this.node(depth));
    this.tasks.push(child);
    return child;
  }

  *join(child: Task<number>): Coroutine<void> {
    try {
      yield* child;
    } catch (error) {
      this.see(error);
    }
  }
}

describe("a tree of tasks, whatever happens in it,", () => {
  it("ends, cleans up, leaves nothing behind and loses no error", async (t) => {
    const before = currentLoop().statistics();
    let errors = 0;
    let begun = 0;
    for (const seed of seeds(300)) {
      const random = new Random(seed);
      const forest = new Forest(random);
      const what = `seed ${seed}`;
      const root = run(() => forest.node(3));
      forest.tasks.push(root);
      const outcome = root.then(
        () => "succeeded",
        (error: unknown) => {
          forest.see(error);
          return error instanceof CancelledError ? "cancelled" : "failed";
        },
      );
      if (random.chance(0.3)) {
        await turns(random.below(4));
        root.cancel();
      }
      assert.equal(await outcome, root.state, what);
      assert.equal(forest.inside, 0, `every finally block has run, ${what}`);
      for (const task of forest.tasks) assert.notEqual(task.state, "running", what);
      const lost = Array.from({ length: forest.errors }, (_, i) => `#${i}`).filter(
        (error) => !forest.seen.has(error),
      );
      assert.deepEqual(lost, [], `errors that nobody was told of, ${what}`);
      errors += forest.errors;
      begun += forest.begun;
    }
    const { refs, timers } = currentLoop().statistics();
    assert.deepEqual({ refs, timers }, { refs: before.refs, timers: before.timers });
    t.diagnostic(`${begun} tasks, ${errors} errors`);
    assert.ok(begun > 1000 && errors > 50);
  });
});
