import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CancelledError, EventLoop, type EventLoopOptions, run, sleep, spawn } from "../../../src/index.ts";
import { loopFor } from "../../../src/loop/index.ts";
import { turns } from "../support/operations.ts";

interface Key {
  readonly type: "key";
  readonly key: string;
}

interface Mouse {
  readonly type: "mouse";
  readonly x: number;
  readonly y: number;
}

type Input = Key | Mouse;

function key(name: string): Key {
  return { type: "key", key: name };
}

/** A loop that notes the keys that it is given. */
function noting(options: EventLoopOptions<Input> = {}) {
  const log: string[] = [];
  const loop = new EventLoop<Input>({ onSlow: null, ...options });
  loop.on("key", (event) => log.push(event.key));
  return { loop, log };
}

describe("an event loop", () => {
  it("processes events in the order in which they were posted, and ends when it has quit", async () => {
    const { loop, log } = noting();
    loop.on("mouse", ({ x, y }) => log.push(`${x},${y}`));
    loop.post(key("a"));
    const running = loop.run();
    loop.post({ type: "mouse", x: 3, y: 4 });
    loop.post(key("b"));
    loop.quit();
    await running;
    assert.deepEqual(log, ["a", "3,4", "b"]);
  });

  it("processes nothing within post()", async () => {
    const { loop, log } = noting();
    const running = loop.run();
    await turns();
    loop.getEvent().then(() => log.push("told"));
    loop.post(key("a"));
    loop.post(key("b"));
    assert.deepEqual(log, []);
    loop.quit();
    await running;
    assert.deepEqual(log.sort(), ["a", "told"]);
  });

  it("puts what is posted while an event is processed behind all others", async () => {
    const { loop, log } = noting();
    loop.on("key", (event) => {
      if (event.key === "a") loop.post(key("posted by a"));
      if (event.key === "posted by a") loop.quit();
    });
    loop.post(key("a"));
    loop.post(key("b"));
    await loop.run();
    assert.deepEqual(log, ["a", "b", "posted by a"]);
  });

  it("loses nothing of very many events, posted from tasks while it runs", async () => {
    const { loop, log } = noting();
    await run(function* () {
      const running = loop.run();
      const posters = [];
      for (const name of ["x", "y"]) {
        const poster = spawn(function* () {
          for (let i = 0; i < 5000; i++) {
            loop.post(key(`${name}${i}`));
            if (i % 100 === 0) yield* sleep(0);
          }
        });
        posters.push(yield* poster);
      }
      for (const poster of posters) yield* poster;
      loop.quit();
      yield* running;
    });
    for (const name of ["x", "y"]) {
      const numbers = log.filter((entry) => entry.startsWith(name)).map((entry) => Number(entry.slice(1)));
      assert.deepEqual(
        numbers,
        Array.from({ length: 5000 }, (_, i) => i),
      );
    }
  });

  it("can be turned by hand, event by event", async () => {
    const { loop, log } = noting();
    loop.post(key("a"));
    loop.post(key("b"));
    loop.quit();
    await run(function* () {
      for (let event = yield* loop.getEvent(); event; event = yield* loop.getEvent()) {
        log.push(`got ${event.type}`);
        assert.equal(loop.processEvent(event), true);
      }
    });
    assert.deepEqual(log, ["got key", "a", "got key", "b"]);
    assert.equal(await loop.getEvent(), null);
  });

  it("gives events to those who wait for them in the order of their coming", async () => {
    const { loop } = noting();
    const first = Promise.resolve(loop.getEvent());
    const second = Promise.resolve(loop.getEvent());
    const third = Promise.resolve(loop.getEvent());
    await turns();
    for (const name of ["a", "b"]) loop.post(key(name));
    loop.quit();
    assert.deepEqual(await Promise.all([first, second, third]), [key("a"), key("b"), null]);
  });

  it("tells whether an event has handlers, and calls all of them in order", () => {
    const { loop, log } = noting();
    const second = () => log.push("second");
    loop.on("key", second).on("key", () => log.push("third"));
    assert.equal(loop.processEvent(key("a")), true);
    assert.deepEqual(log.splice(0), ["a", "second", "third"]);
    loop.off("key", second);
    loop.processEvent(key("b"));
    assert.deepEqual(log, ["b", "third"]);
    assert.equal(loop.processEvent({ type: "mouse", x: 0, y: 0 }), false);
  });

  it("calls the handlers that there were when the event came", () => {
    const { loop, log } = noting();
    loop.on("key", function once() {
      loop.off("key", once);
      loop.on("key", () => log.push("later"));
    });
    loop.on("key", () => log.push("last"));
    loop.processEvent(key("a"));
    assert.deepEqual(log.splice(0), ["a", "last"]);
    loop.processEvent(key("b"));
    assert.deepEqual(log, ["b", "last", "later"]);
  });

  it("lets other tasks run although its events keep coming", async () => {
    const { loop } = noting();
    let others = 0;
    let events = 0;
    loop.on("key", () => {
      events++;
      for (const end = performance.now() + 15; performance.now() < end; );
      if (others < 3) loop.post(key("again"));
      else loop.quit();
    });
    loop.post(key("a"));
    await run(function* () {
      yield* spawn(function* () {
        for (; others < 3; others++) yield* sleep(1);
      });
      yield* loop.run();
    });
    // Each of these events is longer than what is processed in one go, so the others have their turn every few of them.
    assert.ok(events < 20, `${events} events`);
  });

  it("refuses what is no event, and options that make no sense", () => {
    const { loop } = noting();
    for (const event of [undefined, null, "key", {}, { type: 5 }]) {
      assert.throws(() => loop.post(event as never), { code: "ERR_INVALID_ARG_TYPE" });
    }
    for (const options of [{ capacity: 0 }, { capacity: Number.NaN }, { slowMs: -1 }]) {
      assert.throws(() => new EventLoop(options), { code: "ERR_OUT_OF_RANGE" });
    }
  });
});

describe("waiting for an event", () => {
  it("can be cancelled, which takes no event away", async () => {
    const { loop } = noting();
    await run(function* () {
      const waiter = yield* spawn(() => loop.getEvent());
      yield* sleep(1);
      yield* waiter.cancel();
      assert.equal(waiter.state, "cancelled");
      loop.post(key("a"));
      assert.deepEqual(yield* loop.getEvent(), key("a"));
    });
  });

  it("gives an event back, to its place, when it is cancelled after the event has come", async () => {
    const { loop } = noting();
    await run(function* () {
      const waiter = yield* spawn(() => loop.getEvent());
      yield* sleep(1);
      for (const name of ["a", "b", "c"]) loop.post(key(name));
      // The next batch hands the event out and, after that, runs this; the waiter would run in the batch after.
      yield* yield* spawn(function* () {
        assert.equal(loop.length, 2);
        yield* waiter.cancel();
      });
      assert.equal(waiter.state, "cancelled");
      const got = [];
      for (let i = 0; i < 3; i++) got.push((yield* loop.getEvent())!);
      assert.deepEqual(got, [key("a"), key("b"), key("c")]);
    });
  });

  it("loses nothing whenever it is cancelled", async () => {
    const { loop } = noting();
    const got: string[] = [];
    await run(function* () {
      for (let i = 0; i < 200; i++) {
        const waiter = yield* spawn(function* () {
          const event = yield* loop.getEvent();
          got.push((event as Key).key);
        });
        const others = i % 7;
        if (i % 2 === 0) loop.post(key(`${i}`));
        for (let j = 0; j < others; j++) yield* yield* spawn(() => sleep(0));
        waiter.cancel();
        if (i % 2 === 1) loop.post(key(`${i}`));
      }
      loop.quit();
      for (let event = yield* loop.getEvent(); event; event = yield* loop.getEvent()) {
        got.push((event as Key).key);
      }
    });
    assert.deepEqual(
      got,
      Array.from({ length: 200 }, (_, i) => `${i}`),
    );
  });

  it("ends with the tree of tasks, and keeps the process alive no longer", async () => {
    const { loop } = noting();
    const refs = loopFor().statistics().refs;
    const root = run(function* () {
      yield* loop.getEvent();
    });
    await turns();
    assert.equal(loopFor().statistics().refs, refs + 1);
    await root.cancel();
    await assert.rejects(root.promise, CancelledError);
    assert.equal(loopFor().statistics().refs, refs);
  });
});

describe("the end of an event loop", () => {
  it("refuses later events by returning false", async () => {
    const { loop, log } = noting();
    assert.equal(loop.post(key("a")), true);
    loop.quit();
    assert.equal(loop.post(key("b")), false);
    await loop.run();
    assert.deepEqual(log, ["a"]);
  });

  it("by close() drops what waits", async () => {
    const { loop, log } = noting();
    loop.post(key("a"));
    const running = loop.run();
    loop.close();
    await running;
    assert.deepEqual(log, []);
  });

  it("comes with the end of a block that is using it", async () => {
    let running: PromiseLike<void>;
    {
      using loop = new EventLoop<Input>();
      running = loop.run();
      await turns();
    }
    await running;
  });

  it("waits for the tasks of handlers", async () => {
    const { loop, log } = noting();
    loop.on("key", function* (event) {
      yield* sleep(10);
      log.push(`${event.key} done`);
    });
    loop.post(key("a"));
    loop.quit();
    await loop.run();
    assert.deepEqual(log, ["a", "a done"]);
  });
});

describe("the capacity of an event loop", () => {
  it("bounds the events that wait, with an error that says so", async () => {
    const { loop, log } = noting({ name: "the window", capacity: 2 });
    loop.post(key("a"));
    loop.post(key("b"));
    assert.throws(() => loop.post(key("c")), {
      code: "ERR_EVENT_LOOP_FULL",
      message: /2 events wait in the window/,
    });
    assert.equal(loop.length, 2);
    loop.processEvent((await loop.getEvent())!);
    loop.post(key("d"));
    loop.quit();
    await loop.run();
    assert.deepEqual(log, ["a", "b", "d"]);
  });
});
