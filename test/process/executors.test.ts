import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { untilGone } from "../support/descendants.ts";
import { Gate } from "../support/executors.ts";
import { eventually } from "../support/settling.ts";

const support = new URL("../support/executors.js", import.meta.url);

/** Runs a program with `make`, which makes an executor, and `tasks`. */
function start(kind: number, body: string, flags: readonly string[] = []) {
  const text = `import { kinds, tasks } from ${JSON.stringify(support.href)};
    const make = kinds[${kind}][1];
    ${body}`;
  const options = [...flags, "--input-type=module", "--eval", text];
  return spawn(process.execPath, options, { stdio: ["ignore", "pipe", "inherit"] });
}

/** @returns what the program prints, and its exit status */
async function outcome(child: ReturnType<typeof start>): Promise<[string, number | null]> {
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const text = (await child.stdout.toArray()).join("");
  return [text, await ended];
}

for (const [kind, name] of ["ThreadPoolExecutor", "ProcessPoolExecutor"].entries()) {
  describe(`a program with a ${name}`, { timeout: 180_000 }, () => {
    it("stays alive for its futures, and ends though it has forgotten to shut down", async () => {
      const program = `const executor = make({ maxWorkers: 2 });
        executor.submit(tasks.later, "a").addDoneCallback((future) => console.log(future.resultSync()));
        executor.submit(tasks.later, "b").addDoneCallback((future) => console.log(future.resultSync()));`;
      const [text, status] = await outcome(start(kind, program));
      assert.deepEqual([text.trim().split("\n").sort(), status], [["a", "b"], 0]);
    });

    it("stays alive until the workers have ended when it waits for that", async () => {
      const program = `const executor = make({ maxWorkers: 1 });
        executor.submit(tasks.exit, 3);
        await executor.shutdown();
        console.log("ended");`;
      assert.deepEqual(await outcome(start(kind, program)), ["ended\n", 0]);
    });

    it("ends when it wants to, whatever its workers do", async () => {
      using gate = new Gate();
      const program = `const executor = make({ maxWorkers: 1 });
        executor.submit(tasks.hold, ${JSON.stringify(gate.started)}, ${JSON.stringify(gate.gate)}, 1);
        console.log("running");
        setInterval(() => {}, 1000);
        process.exit(5);`;
      assert.deepEqual(await outcome(start(kind, program)), ["running\n", 5]);
    });
  });
}

describe("a worker process whose program was killed", { timeout: 180_000 }, () => {
  it("ends at once, though it is in an endless loop", async () => {
    using gate = new Gate();
    const child = start(
      1,
      `const executor = make({ maxWorkers: 1 });
       const { pid } = await executor.submit(tasks.where).result();
       console.log(pid);
       executor.submit(tasks.loopForEver, ${JSON.stringify(gate.started)});`,
    );
    const pid = await new Promise<number>((resolve) =>
      child.stdout.once("data", (text) => resolve(Number(text))),
    );
    await gate.reached();
    child.kill("SIGKILL");
    await untilGone([pid]);
  });
});

describe("a worker process that has nothing to do", { timeout: 180_000 }, () => {
  it("ends in good order when its program ends without a word", async () => {
    using gate = new Gate();
    const program = `const executor = make({ maxWorkers: 1 });
      await executor.submit(tasks.writeAtExit, ${JSON.stringify(gate.gate)}).result();`;
    assert.deepEqual(await outcome(start(1, program)), ["", 0]);
    await eventually(() => existsSync(gate.gate), "its exit handler runs", 60_000);
  });
});

describe("flags of Node's", { timeout: 180_000 }, () => {
  it("hold in worker processes, too, but for those that say what is run", async () => {
    const hook = "data:text/javascript,globalThis.imported='first'";
    const program = `const executor = make({ maxWorkers: 1, memoryLimitMb: 100 });
      console.log(await executor.submit(tasks.imported).result());
      await executor.shutdown();`;
    assert.deepEqual(await outcome(start(1, program, ["--import", hook])), ["first\n", 0]);
  });
});
