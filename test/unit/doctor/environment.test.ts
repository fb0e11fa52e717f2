import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { boundOf } from "../../../src/doctor/bounds.ts";
import { containerOfCgroups } from "../../../src/doctor/container.ts";
import { judgeNode } from "../../../src/doctor/foundations.ts";
import { isBelow, lower, parseLimit } from "../../../src/doctor/limit-value.ts";
import { readLimits } from "../../../src/doctor/limits.ts";

describe("a container", () => {
  it("is recognised by the control groups of process 1", () => {
    for (const [cgroups, engine] of [
      ["0::/kubepods.slice/kubepods-burstable.slice/cri-containerd-1f.scope", "Kubernetes"],
      ["12:pids:/docker/4f5e\n0::/docker/4f5e", "Docker"],
      ["0::/machine.slice/libpod-77.scope", "Podman"],
      ["4:memory:/lxc/web", "LXC"],
    ] as const) {
      assert.equal(containerOfCgroups(cgroups)?.engine, engine);
    }
    for (const none of ["0::/init.scope", "0::/", "", null]) assert.equal(containerOfCgroups(none), null);
  });
});

describe("Node", () => {
  it("is new enough from version 20 on", () => {
    assert.equal(judgeNode("20.0.0").mark, "works");
    const { mark, remedy } = judgeNode("18.20.4");
    assert.equal(mark, "missing");
    assert.match(remedy!, /Node 20 or later/);
  });
});

describe("a limit", () => {
  it("is read from what /proc writes", () => {
    assert.deepEqual(["1024", "unlimited", "max", "", "many", undefined, null].map(parseLimit), [
      1024,
      "unlimited",
      "unlimited",
      null,
      null,
      null,
      null,
    ]);
  });

  it("is compared with others, unknown ones aside", () => {
    assert.equal(lower(5, "unlimited"), 5);
    assert.equal(lower("unlimited", 7), 7);
    assert.equal(lower("unlimited", "unlimited"), "unlimited");
    assert.equal(lower(null, 3), 3);
    assert.equal(lower(null, null), null);
    assert.deepEqual(
      [isBelow(9, 10), isBelow(10, 10), isBelow("unlimited", 10), isBelow(null, 10)],
      [true, false, false, false],
    );
  });
});

describe("the bound of a model", () => {
  const limits = {
    ...readLimits(),
    descriptors: { soft: 5000, hard: 9000 },
    groupThreads: 40,
    freeBytes: 8e8,
  };

  it("is told for each that has one", () => {
    assert.equal(boundOf("epoll", limits), "5,000 descriptors");
    assert.match(boundOf("select", limits)!, /^descriptors below 1,024/);
    assert.match(
      boundOf("select", { ...limits, descriptors: { soft: 64, hard: 64 } })!,
      /^descriptors below 64/,
    );
  });

  it("of threads is the driver's own, or what the machine allows, if that is less", (t) => {
    const bound = (model: string, change: Partial<typeof limits>) =>
      boundOf(model, { ...limits, ...change })!;
    const ample = { groupThreads: 10_000, freeBytes: 80e9, userThreads: { soft: 10_000, hard: 10_000 } };
    assert.match(bound("blocking", ample), /^128 threads \(PENTIO_BLOCKING_THREADS\)/);
    assert.equal(bound("aio", ample), "900 reads at once");
    assert.match(
      bound("blocking", { ...ample, groupThreads: 40 }),
      /^40 threads \(RLIMIT_NPROC, pids.max\)$/,
    );
    assert.match(bound("aio", { ...ample, groupThreads: 40 }), /^40 threads/);
    assert.equal(bound("blocking", { ...ample, freeBytes: 8e8 }), "memory for about 100 threads");
    assert.equal(bound("aio", { ...ample, freeBytes: 8e8 }), "900 reads at once");
    process.env.PENTIO_BLOCKING_THREADS = "6";
    t.after(() => delete process.env.PENTIO_BLOCKING_THREADS);
    assert.match(bound("blocking", limits), /^6 threads/);
  });

  it("is not known for a model of another name", () => {
    for (const name of ["kqueue", "toString", "__proto__"]) assert.equal(boundOf(name, limits), null);
  });
});
