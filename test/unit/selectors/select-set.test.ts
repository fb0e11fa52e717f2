import assert from "node:assert/strict";
import { it } from "node:test";
import { SelectSet } from "../../../src/selectors/index.ts";

it("select's sets refuse descriptors that have no bit in them, so that nothing is written beyond", () => {
  const set = new SelectSet();
  for (const fd of [-1, 1024, 3000, Number.NaN]) {
    for (const wanted of [true, false]) {
      assert.throws(() => set.set(fd, wanted, wanted), { code: "ERR_OUT_OF_RANGE", message: /below 1024/ });
    }
  }
  assert.equal(set.limit, 0);
  assert.equal(set.wait(0), 0);
  set.set(1023, true, false);
  assert.equal(set.limit, 1024);
});
