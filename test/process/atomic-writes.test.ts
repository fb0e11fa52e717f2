/** A file that is replaced reaches the disk before its name, and its name before the write has succeeded. */
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { probeModels } from "../../src/drivers/index.ts";
import { writeFile } from "../../src/fs/index.ts";
import { run } from "../../src/index.ts";
import { CALL, loopFor } from "../../src/loop/index.ts";
import { SYS_fsync, SYS_renameat2 } from "../../src/sys/index.ts";
import { folder } from "../support/folders.ts";
import { missing, runProgram } from "../support/programs.ts";
import { readStrace, straceTo } from "../support/strace.ts";

const guard = { timeout: 180_000 };

/** Checks that a file of the folder was synchronised, then something renamed, then the folder synchronised. */
function check(path: string, calls: readonly string[]): void {
  const [file, rename, ...further] = calls;
  assert.match(file!, new RegExp(`^fsync ${path}/\\.[0-9a-f]+\\.tmp$`));
  assert.deepEqual([rename, ...further], ["renameat2", `fsync ${path}`]);
}

describe("an atomic write synchronises the file, renames it and synchronises the folder", () => {
  const noStrace = missing("strace", "-o", "/dev/null", "true");

  for (const { model, works, reason } of probeModels()) {
    // What the ring does for us is no system call that strace could see.
    const isRing = model === "io_uring";
    const skip = (works ? !isRing && noStrace : reason) || false;
    it(`on ${model}`, { ...guard, skip }, async (t) => {
      const path = folder(t);
      check(path, await (isRing ? asked(path) : traced(path, model, join(folder(t), "trace"))));
    });
  }

  /** What strace sees. */
  async function traced(path: string, model: string, trace: string): Promise<string[]> {
    const source = `
      import { run } from "$src/index.js";
      import { writeFile } from "$src/fs/index.js";
      await run(() => writeFile(${JSON.stringify(join(path, "file"))}, "new", { atomic: true }));
    `;
    const { code, stderr } = await runProgram(source, {
      wrapper: straceTo(trace),
      env: { PENTIO_MODEL: model },
    });
    assert.equal(code, 0, stderr);
    // At its end Node synchronises its standard output, too.
    const calls = readStrace(trace).filter(
      ({ name, args }) => name === "renameat2" || (name === "fsync" && args.includes(path)),
    );
    for (const [i, call] of calls.entries()) {
      assert.equal(call.result, "0");
      if (i > 0) assert.ok(calls[i - 1]!.returnedAt <= call.beganAt, "one after the other");
    }
    return calls.map(({ name, args }) => (name === "fsync" ? `fsync ${/<(.*)>/.exec(args)![1]}` : name));
  }

  /** What the driver is asked for. */
  async function asked(path: string): Promise<string[]> {
    const loop = loopFor("io_uring");
    const calls: string[] = [];
    const submit = loop.submit.bind(loop);
    loop.submit = (request) => {
      const { number, args } = request.kind === CALL ? request.call! : { number: -1, args: [] };
      if (number === SYS_fsync) calls.push(`fsync ${fs.readlinkSync(`/proc/self/fd/${args[0]}`)}`);
      if (number === SYS_renameat2) calls.push("renameat2");
      return submit(request);
    };
    await run(() => writeFile(join(path, "file"), "new", { atomic: true }), { model: "io_uring" });
    return calls;
  }
});
