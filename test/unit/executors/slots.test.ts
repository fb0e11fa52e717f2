import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ANSWERED, BEGUN, CALL, FREE, SLOTS, Slots } from "../../../src/executors/slots.ts";

describe("slots", () => {
  it("carry texts, numbers, booleans, null and undefined as they are", () => {
    const here = new Slots();
    const there = new Slots(here.memory);
    const rows = [
      [],
      [undefined, null, true, false],
      [0, -0, 1.5, Number.NaN, Number.NEGATIVE_INFINITY, Number.MAX_SAFE_INTEGER],
      ["", "a", "text of odd length", "größer als Latin-1: 漢字 🙂", "\ud800 alone"],
      ["text", 1, "more", undefined, 2],
    ];
    for (const [slot, row] of rows.entries()) {
      assert.equal(here.write(slot, row), true);
      assert.equal(here.isElsewhere(slot), false);
    }
    for (const [slot, row] of rows.entries()) assert.deepEqual(there.read(slot), row);
  });

  it("refuse what needs a structured clone", () => {
    const slots = new Slots();
    for (const value of [{}, [], 1n, () => {}, Symbol("s"), new Uint8Array(1)]) {
      assert.equal(slots.write(0, ["text", value]), false, typeof value);
    }
  });

  it("refuse what has no room, and never touch the next slot", () => {
    const slots = new Slots();
    slots.write(1, ["the next"]);
    const fitting = Array.from({ length: 1000 }, (_, length) => "x".repeat(length)).filter((text) => {
      if (!slots.write(0, [text])) return false;
      assert.deepEqual(slots.read(0), [text]);
      return true;
    });
    assert.ok(fitting.length > 200 && fitting.length < 1000, `${fitting.length} lengths of texts`);
    let numbers = 0;
    while (slots.write(0, new Array(numbers + 1).fill(0.5))) numbers++;
    assert.ok(numbers > 20, `${numbers} numbers`);
    assert.deepEqual(slots.read(1), ["the next"]);
  });

  it("say that values go elsewhere, until others are written", () => {
    const slots = new Slots();
    slots.writeElsewhere(3);
    assert.equal(slots.isElsewhere(3), true);
    slots.write(3, []);
    assert.equal(slots.isElsewhere(3), false);
  });

  it("give a call to whichever side claims it first, and to nobody else", () => {
    const here = new Slots();
    const there = new Slots(here.memory);
    assert.equal(there.claim(0, BEGUN), false);
    here.setState(0, CALL);
    assert.equal(there.claim(0, BEGUN), true);
    assert.equal(here.claim(0, FREE), false);
    there.setState(0, ANSWERED);
    assert.equal(here.stateOf(0), ANSWERED);
  });

  it("are used again in a ring", () => {
    const slots = new Slots();
    slots.write(5, ["first"]);
    slots.write(5 + SLOTS, ["second"]);
    assert.deepEqual(slots.read(5), ["second"]);
  });
});
