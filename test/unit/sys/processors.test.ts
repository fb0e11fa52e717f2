import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { describe, it } from "node:test";
import { onProcessor, usableProcessors } from "../../../src/sys/index.ts";

/** As the kernel tells it, such as `0-3`. */
function allowed(status: string): string {
  return /^Cpus_allowed_list:\t(.*)$/m.exec(status)![1]!;
}

describe("the processors of this thread", () => {
  it("are those that Node counts", () => {
    assert.equal(usableProcessors().length, availableParallelism());
  });

  it("are one for what is started on it, and as before afterwards", () => {
    const own = () => allowed(readFileSync("/proc/thread-self/status", "utf8"));
    const before = own();
    for (const processor of usableProcessors()) {
      const child = onProcessor(processor, () =>
        execFileSync("cat", ["/proc/self/status"], { encoding: "utf8" }),
      );
      assert.equal(allowed(child), String(processor));
      assert.equal(own(), before);
      assert.throws(
        () =>
          onProcessor(processor, () => {
            throw new Error("failed there");
          }),
        { message: "failed there" },
      );
      assert.equal(own(), before);
    }
  });

  it("are none that the machine does not have", () => {
    assert.throws(() => onProcessor(8191, () => {}), { code: "EINVAL", syscall: "sched_setaffinity" });
  });
});
