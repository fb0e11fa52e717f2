import assert from "node:assert/strict";
import fs from "node:fs";
import { constants } from "node:os";
import { describe, it } from "node:test";
import { keepTheContract } from "./contract.ts";
import { openFile, write } from "./regular-files.ts";
import { Rig } from "./rig.ts";
import { variants } from "./variants.ts";

keepTheContract("aio");

const aio = variants.find(({ model }) => model === "aio")!;

describe("what is the driver aio's own", { skip: aio.refusal }, () => {
  it("a transfer that waits in the C library is cancelled there", { timeout: 180_000 }, async (t) => {
    const rig = new Rig(t, aio);
    const bytes = 64 * 1024;
    let cancelled = 0;
    // It makes one call at a time for each descriptor: the others wait, unless it has been faster than we are.
    while (cancelled === 0) {
      // No more than the driver hands over at once.
      const count = 60;
      const { fd, path } = openFile(t, rig, Buffer.alloc(count * bytes, "-"));
      const all = Array.from({ length: count }, (_, i) =>
        write(rig, fd, Buffer.alloc(bytes, "w"), i * bytes),
      );
      for (const noted of all) rig.cancel(noted);
      await rig.until(() => all.every(({ ended }) => ended), "all answers");
      const text = fs.readFileSync(path, "latin1");
      for (const [i, { last }] of all.entries()) {
        const { result } = last!;
        assert.ok(result === bytes || result === -constants.errno.ECANCELED, `${result}`);
        assert.equal(text[i * bytes], result > 0 ? "w" : "-");
        if (result < 0) cancelled++;
      }
    }
  });
});
