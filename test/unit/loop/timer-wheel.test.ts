import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Timer, TimerWheel } from "../../../src/loop/timer-wheel.ts";
import { Random, seeds } from "../support/random.ts";

const DAY = 86_400_000;
const YEAR = 365 * DAY;

/** A timer that tells when it expires. */
class Noted extends Timer {
  readonly name: number;
  readonly #expired: (timer: Noted) => void;

  constructor(name: number, expired: (timer: Noted) => void) {
    super();
    this.name = name;
    this.#expired = expired;
  }

  override expired(): void {
    this.#expired(this);
  }
}

/** The same as a wheel, as simply as possible: a list that is sorted when it is looked at. */
class SortedList {
  readonly #entries: { timer: Noted; deadline: number; order: number }[] = [];
  #order = 0;
  #elapsed: number;

  constructor(now: number) {
    this.#elapsed = now;
  }

  get size(): number {
    return this.#entries.length;
  }

  get deadline(): number {
    return this.#first()?.deadline ?? Number.POSITIVE_INFINITY;
  }

  add(timer: Noted, deadline: number): void {
    this.#entries.push({ timer, deadline: Math.max(deadline, this.#elapsed + 1), order: this.#order++ });
  }

  remove(timer: Noted): void {
    const index = this.#entries.findIndex((entry) => entry.timer === timer);
    if (index >= 0) this.#entries.splice(index, 1);
  }

  has(timer: Noted): boolean {
    return this.#entries.some((entry) => entry.timer === timer);
  }

  /** The next one to expire up to `now`, taken off; its deadline is the present then. */
  take(now: number): Noted | undefined {
    const first = this.#first();
    if (!first || first.deadline > now) {
      this.#elapsed = Math.max(this.#elapsed, now);
      return undefined;
    }
    this.#entries.splice(this.#entries.indexOf(first), 1);
    this.#elapsed = first.deadline;
    return first.timer;
  }

  #first() {
    let first: { timer: Noted; deadline: number; order: number } | undefined;
    for (const entry of this.#entries) {
      const isEarlier =
        !first ||
        entry.deadline < first.deadline ||
        (entry.deadline === first.deadline && entry.order < first.order);
      if (isEarlier) first = entry;
    }
    return first;
  }
}

/** Does the same random things to a wheel and to a list and compares after each. */
function compareWithList(random: Random, steps: number, horizon: number): number {
  let now = random.chance(0.5) ? random.below(1000) : random.magnitude(2 ** 44);
  const wheel = new TimerWheel(now);
  const list = new SortedList(now);
  const timers: Noted[] = [];
  const deadlines: number[] = [];
  let expirations = 0;
  let ceiling = now;

  const add = (timer: Noted, from: number) => {
    // Often one that there is already, so that order among equals is put to the test; sometimes one that has passed.
    const reuse = deadlines.length > 0 && random.chance(0.3);
    const deadline = reuse
      ? random.pick(deadlines)
      : from + random.magnitude(horizon) - (random.chance(0.05) ? 5 : 0);
    deadlines.push(deadline);
    if (deadlines.length > 20) deadlines.shift();
    wheel.add(timer, deadline);
    list.add(timer, deadline);
  };
  const expired = (timer: Noted) => {
    expirations++;
    const expected = list.take(ceiling);
    assert.equal(timer.name, expected?.name, "the next in order expires");
    assert.ok(timer.deadline <= ceiling, "no timer is early");
    assert.equal(timer.place, -1);
    if (random.chance(0.2)) add(timer, timer.deadline);
    if (random.chance(0.1)) {
      const other = random.pick(timers);
      wheel.remove(other);
      list.remove(other);
    }
    if (random.chance(0.1)) make(timer.deadline);
  };
  const make = (from: number) => {
    const timer = new Noted(timers.length, expired);
    timers.push(timer);
    add(timer, from);
  };

  for (let step = 0; step < steps; step++) {
    const choice = random.below(10);
    if (choice < 5) make(now);
    else if (choice < 7 && timers.length > 0) {
      const timer = random.pick(timers);
      assert.equal(timer.place >= 0, list.has(timer));
      wheel.remove(timer);
      list.remove(timer);
      assert.equal(timer.place, -1);
    } else {
      ceiling = now + random.magnitude(horizon);
      if (random.chance(0.3)) ceiling = Math.max(now, Math.min(ceiling, wheel.nextDeadline() - 1));
      now = ceiling;
      wheel.expire(now);
      assert.equal(list.take(now), undefined, "nothing that was due is left");
    }
    assert.equal(wheel.size, list.size);
    const next = wheel.nextDeadline();
    assert.ok(next <= list.deadline, "the wheel looks again in time");
    assert.ok(next > now);
    assert.equal(next === Number.POSITIVE_INFINITY, list.size === 0);
  }
  return expirations;
}

describe("the timer wheel", () => {
  for (const [what, horizon] of [
    ["milliseconds", 100],
    ["seconds", 10_000],
    ["minutes", 1_000_000],
    ["days", 40 * DAY],
    ["years", 2 * YEAR],
    ["decades", 50 * YEAR],
  ] as const) {
    it(`does what a sorted list does, with timers for ${what}`, (t) => {
      for (const seed of seeds(8)) {
        t.diagnostic(`seed ${seed}`);
        assert.ok(compareWithList(new Random(seed), 2000, horizon) > 0);
      }
    });
  }

  it("expires timers in the order of their deadlines, equal ones in the order of setting", () => {
    const wheel = new TimerWheel(0);
    const log: number[] = [];
    const deadlines = [700, 5, 64, 5, 4096, 63, 64, 700, 65, 1, 262_144, 4096];
    const timers = deadlines.map((_, i) => new Noted(i, (timer) => log.push(timer.name)));
    timers.forEach((timer, i) => {
      wheel.add(timer, deadlines[i]!);
    });
    wheel.expire(1_000_000);
    assert.deepEqual(log, [9, 1, 3, 5, 2, 6, 8, 0, 7, 4, 11, 10]);
  });

  it("keeps the order of setting among equals, although some were set long before", () => {
    for (const deadline of [100, 5000, 300_000, 20_000_000, 2_000_000_000, YEAR]) {
      const wheel = new TimerWheel(0);
      const log: number[] = [];
      for (let i = 0; i < 50; i++) {
        wheel.add(new Noted(i, (timer) => log.push(timer.name)), deadline);
        wheel.expire(Math.floor((deadline * i) / 50));
      }
      assert.deepEqual(log, []);
      wheel.expire(deadline);
      assert.deepEqual(
        log,
        Array.from({ length: 50 }, (_, i) => i),
      );
    }
  });

  it("keeps the order of setting among equals, although one is set while others come nearer", () => {
    const wheel = new TimerWheel(0);
    const log: string[] = [];
    wheel.add(new Noted(0, () => wheel.add(new Noted(2, () => log.push("set later")), 70)), 64);
    wheel.add(new Noted(1, () => log.push("set first")), 70);
    wheel.expire(70);
    assert.deepEqual(log, ["set first", "set later"]);
  });

  it("keeps the order of setting among equals that are further away than the wheel reaches", () => {
    const wheel = new TimerWheel(0);
    const log: number[] = [];
    wheel.add(new Noted(1, (timer) => log.push(timer.name)), 3 * YEAR);
    wheel.expire(1.5 * YEAR);
    wheel.add(new Noted(2, (timer) => log.push(timer.name)), 3 * YEAR);
    wheel.expire(3 * YEAR);
    assert.deepEqual(log, [1, 2]);
  });

  it("is never early, not even by a tick", () => {
    for (const deadline of [
      1,
      63,
      64,
      65,
      4095,
      4096,
      4097,
      2 ** 30 - 1,
      2 ** 30,
      2 ** 36,
      2 ** 36 + 1,
      2 ** 40,
    ]) {
      const wheel = new TimerWheel(0);
      let expired = false;
      wheel.add(
        new Noted(0, () => {
          expired = true;
        }),
        deadline,
      );
      wheel.expire(deadline - 1);
      assert.equal(expired, false, `${deadline}`);
      wheel.expire(deadline);
      assert.equal(expired, true, `${deadline}`);
    }
  });

  it("says when to look again, and that never goes past a deadline", () => {
    const wheel = new TimerWheel(0);
    assert.equal(wheel.nextDeadline(), Number.POSITIVE_INFINITY);
    let expired = 0;
    const timer = new Noted(0, () => expired++);
    wheel.add(timer, 10 * YEAR);
    let looks = 0;
    while (expired === 0) {
      const next = wheel.nextDeadline();
      assert.ok(next <= 10 * YEAR);
      wheel.expire(next);
      looks++;
    }
    assert.ok(looks < 100, `${looks} looks are few`);
    assert.equal(wheel.nextDeadline(), Number.POSITIVE_INFINITY);
  });

  it("makes a deadline that has passed the next tick", () => {
    const wheel = new TimerWheel(1000);
    let expired = 0;
    for (const deadline of [1000, 999, 0, -5, Number.NEGATIVE_INFINITY]) {
      const timer = new Noted(0, () => expired++);
      wheel.add(timer, deadline);
      assert.equal(timer.deadline, 1001);
    }
    wheel.expire(1000);
    assert.equal(expired, 0);
    assert.equal(wheel.nextDeadline(), 1001);
    wheel.expire(1001);
    assert.equal(expired, 5);
  });

  it("lets a timer set itself again while it expires, without end", () => {
    const wheel = new TimerWheel(0);
    const deadlines: number[] = [];
    const timer = new Noted(0, (self) => {
      deadlines.push(self.deadline);
      wheel.add(self, self.deadline + 50);
    });
    wheel.add(timer, 50);
    wheel.expire(1000);
    assert.deepEqual(
      deadlines,
      Array.from({ length: 20 }, (_, i) => 50 * (i + 1)),
    );
    assert.equal(wheel.size, 1);
  });

  it("ends although a timer sets itself for the present again and again", () => {
    const wheel = new TimerWheel(0);
    let count = 0;
    const timer = new Noted(0, (self) => {
      count++;
      wheel.add(self, 0);
    });
    wheel.add(timer, 0);
    wheel.expire(100);
    assert.equal(count, 100);
    assert.equal(wheel.size, 1);
    assert.equal(timer.deadline, 101);
  });

  it("lets a timer cancel the ones that would expire with it", () => {
    const wheel = new TimerWheel(0);
    const log: number[] = [];
    const others = [1, 2, 3].map((name) => new Noted(name, (timer) => log.push(timer.name)));
    wheel.add(
      new Noted(0, () => {
        log.push(0);
        wheel.remove(others[0]!);
        wheel.remove(others[2]!);
      }),
      10,
    );
    for (const other of others) wheel.add(other, 10);
    wheel.expire(10);
    assert.deepEqual(log, [0, 2]);
    assert.equal(wheel.size, 0);
  });

  it("loses no timer when one throws", () => {
    const wheel = new TimerWheel(0);
    const log: number[] = [];
    for (let i = 0; i < 5; i++) {
      const timer = new Noted(i, () => {
        log.push(i);
        if (i % 2 === 1) throw new Error("on purpose");
      });
      wheel.add(timer, i < 3 ? 10 : 100);
    }
    assert.throws(() => wheel.expire(1000), { message: "on purpose" });
    assert.throws(() => wheel.expire(1000), { message: "on purpose" });
    wheel.expire(1000);
    assert.deepEqual(log, [0, 1, 2, 3, 4]);
    assert.equal(wheel.size, 0);
  });

  it("cancels a timer once, and does nothing to one that is not set", () => {
    const wheel = new TimerWheel(0);
    const timer = new Noted(0, () => assert.fail("was cancelled"));
    wheel.remove(timer);
    wheel.add(timer, 10);
    wheel.remove(timer);
    wheel.remove(timer);
    assert.equal(wheel.size, 0);
    wheel.expire(100);
    assert.equal(wheel.nextDeadline(), Number.POSITIVE_INFINITY);
  });

  it("does not mind a clock that stands still or goes back", () => {
    const wheel = new TimerWheel(100);
    const log: number[] = [];
    wheel.add(new Noted(0, (timer) => log.push(timer.deadline)), 150);
    wheel.expire(140);
    wheel.expire(140);
    wheel.expire(20);
    wheel.add(new Noted(1, (timer) => log.push(timer.deadline)), 30);
    wheel.expire(149);
    wheel.expire(150);
    assert.deepEqual(log, [141, 150]);
  });

  it("sets and cancels a million timers and is empty afterwards", () => {
    const random = new Random(7);
    const wheel = new TimerWheel(0);
    const timers = Array.from(
      { length: 1_000_000 },
      (_, i) => new Noted(i, () => assert.fail("was cancelled")),
    );
    for (const timer of timers) wheel.add(timer, 1 + random.magnitude(YEAR));
    assert.equal(wheel.size, 1_000_000);
    for (const timer of timers) wheel.remove(timer);
    assert.equal(wheel.size, 0);
    assert.equal(wheel.nextDeadline(), Number.POSITIVE_INFINITY);
    wheel.expire(YEAR);
    assert.ok(timers.every((timer) => timer.place === -1 && timer.after === null && timer.before === null));
  });

  it("expires a million timers, each once and in order", () => {
    const random = new Random(8);
    const wheel = new TimerWheel(0);
    let last = 0;
    let count = 0;
    for (let i = 0; i < 1_000_000; i++) {
      const timer = new Noted(i, (self) => {
        assert.ok(self.deadline >= last);
        last = self.deadline;
        count++;
      });
      wheel.add(timer, random.below(DAY));
    }
    for (let now = 0; wheel.size > 0; now += 60_000) wheel.expire(now);
    assert.equal(count, 1_000_000);
  });
});
