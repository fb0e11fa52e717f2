import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { probeModels } from "../../../src/drivers/index.ts";
import { loopFor, Timer } from "../../../src/loop/index.ts";
import { runProgram } from "../../support/programs.ts";
import { turns } from "../support/operations.ts";

class Alarm extends Timer {
  readonly #ring: () => void;

  constructor(ring: () => void) {
    super();
    this.#ring = ring;
  }

  override expired(): void {
    this.#ring();
  }
}

describe("the loop of a thread", () => {
  it("is one for each model", () => {
    for (const { model, works } of probeModels()) {
      if (!works) continue;
      assert.equal(loopFor(model).model, model);
      assert.equal(loopFor(model), loopFor(model));
    }
    assert.equal(loopFor("auto"), loopFor("auto"));
    assert.equal(loopFor(), loopFor());
  });

  it("is the one that PENTIO_MODEL asks for where none is named", async () => {
    for (const { model, works } of probeModels()) {
      if (!works) continue;
      const { lines } = await runProgram(
        `import { loopFor } from "$src/loop/index.js"; console.log(loopFor().model, loopFor().reason);`,
        { env: { PENTIO_MODEL: model } },
      );
      assert.match(lines[0]!, new RegExp(`^${model} .*asked for`));
    }
  });
});

for (const { model, works, reason } of probeModels()) {
  describe(`the ${model} loop`, { skip: works ? false : reason }, () => {
    it("runs at once what is to run now, or in the turn that is under way", async () => {
      const loop = loopFor(model);
      const log: string[] = [];
      loop.runNow({
        run: () => {
          loop.runNow({ run: () => log.push("second") });
          log.push("first");
        },
      });
      assert.deepEqual(log, ["first", "second"]);
    });

    it("runs what is scheduled, in order, and never within schedule()", async () => {
      const loop = loopFor(model);
      const log: number[] = [];
      for (let i = 0; i < 5; i++) loop.schedule({ run: () => log.push(i) });
      assert.deepEqual(log, []);
      await turns();
      assert.deepEqual(log, [0, 1, 2, 3, 4]);
    });

    it("lets Node have its turn although there is always something to run", async () => {
      const loop = loopFor(model);
      let stop = false;
      let runs = 0;
      const again = {
        run() {
          if (++runs > 10_000_000) assert.fail("Node never had its turn");
          if (!stop) loop.schedule(again);
        },
      };
      loop.schedule(again);
      while (runs < 1000) await new Promise((resolve) => setTimeout(resolve, 1));
      stop = true;
    });

    it("calls timers in the order of their times and leaves cancelled ones out", async () => {
      const loop = loopFor(model);
      const log: string[] = [];
      const start = performance.now();
      const set = (timer: Timer, afterMs: number) =>
        loop.setTimer(timer, start + afterMs - performance.now());
      await new Promise<void>((resolve) => {
        set(new Alarm(resolve), 30);
        set(new Alarm(() => log.push("second")), 15);
        set(new Alarm(() => log.push("first")), 5);
        const cancelled = new Alarm(() => log.push("cancelled"));
        set(cancelled, 10);
        loop.cancelTimer(cancelled);
        // Nothing of ours keeps the process alive here.
        setTimeout(() => {}, 1000).unref();
        loop.ref();
      });
      loop.unref();
      assert.deepEqual(log, ["first", "second"]);
    });

    it("makes what a message throws the program's uncaught exception, and goes on", async () => {
      const { code, lines, stderr } = await runProgram(
        `
        import { CLOSE, loopFor, Request, Timer } from "$src/loop/index.js";
        process.on("uncaughtException", (error) => console.log("uncaught", error.message));
        const loop = loopFor();
        loop.ref();
        class Alarm extends Timer {
          constructor(expired) { super(); this.expired = expired; }
        }
        const fail = (what) => () => { throw new Error(what); };
        loop.schedule({ run: fail("runnable") });
        loop.schedule({ run: () => console.log("next runnable") });
        await new Promise((resolve) => setTimeout(resolve, 10));
        loop.setTimer(new Alarm(fail("timer")), 1);
        loop.setTimer(new Alarm(() => console.log("next timer")), 1);
        await new Promise((resolve) => setTimeout(resolve, 20));
        const close = (complete) => loop.submit(new Request(CLOSE, -1, { complete }));
        loop.schedule({ run() {
          try { close(fail("continuation")); } catch (error) { setImmediate(() => { throw error; }); }
          close(() => console.log("next continuation"));
        } });
        await new Promise((resolve) => setTimeout(resolve, 10));
        loop.unref();
        `,
        { env: { PENTIO_MODEL: model } },
      );
      assert.equal(stderr, "");
      assert.equal(code, 0);
      for (const what of ["runnable", "timer", "continuation"]) {
        assert.equal(lines.filter((line) => line === `uncaught ${what}`).length, 1, `${what}: ${lines}`);
        assert.equal(lines.filter((line) => line === `next ${what}`).length, 1, `${what}: ${lines}`);
      }
    });

    it("keeps the process alive while somebody waits, and no longer", async () => {
      const program = (body: string) =>
        runProgram(`import { loopFor } from "$src/loop/index.js"; const loop = loopFor(); ${body}`, {
          env: { PENTIO_MODEL: model },
        });
      assert.equal((await program(`loop.schedule({ run() {} });`)).code, 0);
      const { code, lines } = await program(`
        loop.ref();
        loop.ref();
        setTimeout(() => { loop.unref(); console.log("one left"); }, 5).unref();
        setTimeout(() => { loop.unref(); console.log("none left"); }, 10).unref();
        setTimeout(() => console.log("not reached"), 100_000).unref();
      `);
      assert.deepEqual({ code, lines }, { code: 0, lines: ["one left", "none left"] });
    });

    it("can be closed, twice as well, and gives everything back", async () => {
      const { code, lines, stderr } = await runProgram(
        `
        import { readdirSync } from "node:fs";
        import { loopFor } from "$src/loop/index.js";
        import "$src/sys/index.js";
        await new Promise((resolve) => setTimeout(resolve, 1));
        const before = readdirSync("/proc/self/fd").length;
        const loop = loopFor();
        loop.ref();
        loop.close();
        loop.close();
        await new Promise((resolve) => setImmediate(resolve));
        console.log(readdirSync("/proc/self/fd").length - before);
        `,
        { env: { PENTIO_MODEL: model } },
      );
      // What catches the signals of POSIX aio stays until the process ends: one could still be on its way.
      const kept = model === "aio" ? 4 : 0;
      assert.deepEqual({ code, lines, stderr }, { code: 0, lines: [String(kept)], stderr: "" });
    });
  });
}
