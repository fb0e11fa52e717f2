import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Event } from "../../../src/sync/index.ts";
import { run, spawn } from "../../../src/task/index.ts";
import { noting, turns } from "../support/operations.ts";

describe("an event", () => {
  it("is waited for by any number, and lets all go on when it happens", async () => {
    const event = new Event();
    const log: string[] = [];
    const task = run(function* () {
      for (const name of ["a", "b", "c"]) yield* noting(log, name, event.wait());
    });
    await turns();
    assert.equal(log.length, 0);
    assert.equal(event.isSet, false);
    event.set();
    event.set();
    await task;
    assert.deepEqual(
      log.filter((line) => line.includes("got")),
      ["a got undefined", "b got undefined", "c got undefined"],
    );
  });

  it("that has happened lets nobody wait", async () => {
    const event = new Event();
    event.set();
    assert.equal(event.isSet, true);
    await event.wait();
    await run(() => event.wait());
  });

  it("that is cleared is waited for again, but not by those whom it woke", async () => {
    const event = new Event();
    const woken = run(() => event.wait());
    await turns();
    event.set();
    event.clear();
    await woken;
    const waiting = run(() => event.wait());
    await turns();
    assert.equal(waiting.state, "running");
    event.set();
    await waiting;
  });

  it("forgets those who are cancelled", async () => {
    const event = new Event();
    await run(function* () {
      const waiter = yield* spawn(() => event.wait());
      const other = yield* spawn(() => event.wait());
      yield* waiter.cancel();
      event.set();
      yield* other;
      assert.equal(waiter.state, "cancelled");
    });
  });
});
