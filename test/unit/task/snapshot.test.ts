import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import {
  formatTasks,
  run,
  scope,
  snapshotTasks,
  spawn,
  type Task,
  type TaskSnapshot,
  timeout,
} from "../../../src/task/index.ts";
import { Manual, turns } from "../support/operations.ts";

/** What stands in a task's place in the source. */
function lineAt({ location }: TaskSnapshot): string {
  return readFileSync(location!.file, "utf8").split("\n")[location!.line - 1]!.trim();
}

function snapshotOf(name: string): TaskSnapshot {
  const snapshot = snapshotTasks().find((task) => task.name === name);
  assert.ok(snapshot, `no tree ${name}`);
  return snapshot;
}

describe("a snapshot of tasks", () => {
  it("tells each task's name, age, place in the tree, what it waits for and where", async () => {
    const gate = new Manual<void>();
    const root = run(function* main() {
      yield* spawn(function* first() {
        yield* timeout(1e6, gate);
      });
      yield* scope(function* nursery() {
        yield* spawn(() => new Manual<void>(), { name: "second" });
        yield* new Manual<void>();
      });
    });
    await turns();
    const main = snapshotOf("main");
    assert.equal(main.state, "waiting");
    assert.equal(main.waitsFor, "scope nursery");
    assert.match(lineAt(main), /yield\* scope\(function\* nursery/);
    assert.ok(main.ageMs >= 0);
    const [first, nursery, ...others] = main.children;
    assert.deepEqual(others, []);
    assert.equal(first!.waitsFor, "manual, 1000000 ms at most");
    assert.equal(lineAt(first!), "yield* timeout(1e6, gate);");
    assert.equal(first!.location!.what, "wait");
    assert.deepEqual(
      nursery!.children.map(({ name, waitsFor }) => [name, waitsFor]),
      [["second", "manual"]],
    );
    await root.cancel();
  });

  it("tells what runs, what is ready, what is left to its children, and what is cancelled", async () => {
    const slow = new Manual<void>();
    const states = new Map<string, string>();
    const note = (task: TaskSnapshot): void => {
      states.set(task.name, `${task.state}${task.isCancelled ? ", cancelled" : ""}`);
      task.children.forEach(note);
    };
    let victim: Task<void> | undefined;
    const root = run(function* states() {
      victim = yield* spawn(function* victim() {
        try {
          yield* new Manual<void>();
        } finally {
          yield* slow;
        }
      });
      yield* spawn(function* parent() {
        yield* spawn(() => new Manual<void>(), { name: "child" });
      });
      yield* spawn(function* looker() {
        yield* new Manual<void>();
      });
    });
    await turns();
    victim!.cancel();
    await turns();
    run(function* asker() {
      note(snapshotOf("states"));
      note(snapshotOf("asker"));
      note(snapshotOf("next"));
      slow.resolve();
      yield* new Manual<void>();
    }).cancel;
    run(() => new Manual<void>(), { name: "next" });
    await turns();
    assert.deepEqual(Object.fromEntries(states), {
      states: "ending",
      victim: "waiting, cancelled",
      parent: "ending",
      child: "waiting",
      looker: "waiting",
      asker: "running",
      next: "ready",
    });
    await root.cancel();
  });

  it("forgets trees that have ended", async () => {
    await run(function* short() {
      yield* spawn(() => scope(function* () {}));
    });
    assert.deepEqual(
      snapshotTasks().filter(({ name }) => name === "short"),
      [],
    );
  });

  it("is a tree in text", () => {
    const task = (
      name: string,
      children: TaskSnapshot[] = [],
      more: Partial<TaskSnapshot> = {},
    ): TaskSnapshot => ({
      name,
      state: "waiting",
      isCancelled: false,
      ageMs: 12,
      waitsFor: "sleep of 5 ms",
      location: null,
      children,
      ...more,
    });
    const location = { file: "/a.ts", line: 3, column: 7, what: "wait" } as const;
    const text = formatTasks([
      task(
        "root",
        [task("a", [task("a1"), task("a2", [], { isCancelled: true })]), task("b", [], { location })],
        {
          state: "ending",
          waitsFor: null,
          ageMs: 61_240,
        },
      ),
      task("other"),
    ]);
    assert.equal(
      text,
      [
        "root, 61.2 s, ending",
        "├─ a, 12 ms, waits for sleep of 5 ms",
        "│  ├─ a1, 12 ms, waits for sleep of 5 ms",
        "│  └─ a2, 12 ms, cancelled, waits for sleep of 5 ms",
        "└─ b, 12 ms, waits for sleep of 5 ms, at /a.ts:3:7",
        "other, 12 ms, waits for sleep of 5 ms",
      ].join("\n"),
    );
  });

  it("of more tasks than V8 is asked about tells all of them, the first ones with their places", async () => {
    const root = run(function* crowd() {
      for (let i = 0; i < 1500; i++) yield* spawn(() => new Manual<void>(), { name: `${i}` });
    });
    await turns();
    const { children } = snapshotOf("crowd");
    assert.deepEqual(
      children.map(({ name }) => name),
      Array.from({ length: 1500 }, (_, i) => `${i}`),
    );
    assert.ok(children.filter(({ location }) => location !== null).length >= 900);
    assert.equal(children.at(-1)!.location, null);
    assert.match(formatTasks(), /\n\(places are told of 1000 of the 15\d\d tasks\)$/);
    await root.cancel();
  });
});
