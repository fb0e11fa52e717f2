import assert from "node:assert/strict";
import { openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { READ } from "../../src/drivers/index.ts";
import { folder } from "../support/folders.ts";
import { keepTheContract } from "./contract.ts";
import { transfer } from "./regular-files.ts";
import { Noted, Rig } from "./rig.ts";
import { variants } from "./variants.ts";

keepTheContract("io_uring");

const usual = variants.find(({ model }) => model === "io_uring")!;

describe("the driver io_uring", { skip: usual.refusal }, () => {
  it("lets a disk begin before a batch is complete, and the page cache not", async (t) => {
    const rig = new Rig(t, usual);
    const path = join(folder(t), "file");
    writeFileSync(path, Buffer.alloc(8 * 4096, "x"));
    const fd = rig.own(openSync(path, "r"));
    const calls = (isDirect: boolean) => {
      const before = rig.driver.statistics().systemCalls;
      const reads = Array.from({ length: 8 }, (_, i) => {
        const noted = new Noted(READ, fd);
        noted.request.isDirect = isDirect;
        return transfer(rig, noted, Buffer.alloc(4096), 4096 * i);
      });
      return { reads, calls: rig.driver.statistics().systemCalls - before };
    };
    const direct = calls(true);
    const cached = calls(false);
    assert.ok(direct.calls >= 4, `${direct.calls} system calls for 8 reads`);
    assert.equal(cached.calls, 0);
    for (const read of [...cached.reads, ...direct.reads]) {
      await rig.until(() => read.ended, "a read");
      assert.equal(read.last?.result, 4096);
    }
  });
});
