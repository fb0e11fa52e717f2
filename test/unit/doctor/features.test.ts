import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { features } from "../../../src/doctor/features.ts";
import {
  multishotAccepts,
  multishotReceives,
  providesBuffers,
} from "../../../src/doctor/receiving-trials.ts";
import { withRing } from "../../../src/doctor/trial-ring.ts";
import { ringRefusal } from "../support/uring.ts";

/** Of no kernel yet. */
const UNKNOWN_SETUP = 1 << 30;
const UNKNOWN_BUFFERS = 1 << 14;

describe("a feature of io_uring", { skip: ringRefusal() }, () => {
  it("is told to be missing where the kernel does not know it", () => {
    assert.equal(
      withRing(() => true, UNKNOWN_SETUP),
      null,
    );
    assert.equal(
      withRing((ring) => providesBuffers(ring, UNKNOWN_BUFFERS)),
      false,
    );
  });

  it("is tried again and again on one ring with the same answer", () => {
    withRing((ring) => {
      const answers = () =>
        [providesBuffers(ring, 0), multishotAccepts(ring), multishotReceives(ring)].join(", ");
      const first = answers();
      for (let i = 0; i < 20; i++) assert.equal(answers(), first);
    });
  });

  it("has a name of its own, the version that brought it, and a word on doing without", () => {
    assert.equal(new Set(features.map(({ name }) => name)).size, features.length);
    for (const { name, since, without } of features) {
      assert.match(since, /^[56]\.\d+$/, name);
      assert.ok(without.length > 10, name);
    }
  });
});
