/** What the kernel's texts say of a refusal. The sysctl is the whole machine's, so that it cannot be set here. */
import assert from "node:assert/strict";
import { constants } from "node:os";
import { describe, it } from "node:test";
import type { Confinement } from "../../../src/doctor/confinement.ts";
import { readLimits } from "../../../src/doctor/limits.ts";
import { explainIoUringRefusal } from "../../../src/doctor/refusal.ts";
import { systemError } from "../../../src/sys/index.ts";

const { EPERM, EACCES, ENOSYS, ENFILE } = constants.errno;
const SYS_ADMIN = "0000000000200000";

interface Texts {
  disabled?: string | null;
  group?: string;
  seccomp?: number;
  capabilities?: string;
  gids?: string;
  groups?: string;
  securityModules?: string;
}

function confined(texts: Texts): Confinement {
  const { seccomp = 0, capabilities = "0", gids = "1000 1000 1000 1000", groups = "1000 27" } = texts;
  return {
    disabled: texts.disabled === undefined ? "0" : texts.disabled,
    group: texts.group ?? "-1",
    status: `Name:\tnode\nGid:\t${gids.replaceAll(" ", "\t")}\nGroups:\t${groups} \nCapEff:\t${capabilities}\nSeccomp:\t${seccomp}\n`,
    securityModules: texts.securityModules ?? null,
    container: null,
  };
}

function explain(errno: number, texts: Texts, missing: string[] | null = null) {
  return explainIoUringRefusal(systemError(-errno, "io_uring_setup"), confined(texts), readLimits(), missing);
}

describe("why io_uring is refused", () => {
  it("is the sysctl where it is 2, whoever asks", () => {
    for (const capabilities of ["0", SYS_ADMIN]) {
      const { cause, reason, remedy } = explain(EPERM, { disabled: "2", capabilities });
      assert.equal(cause, "sysctl");
      assert.match(reason, /kernel\.io_uring_disabled is 2.*all processes/);
      assert.match(remedy!, /sysctl -w kernel\.io_uring_disabled=0/);
    }
  });

  it("is the sysctl where it is 1 and the process is neither privileged nor in the group", () => {
    const { cause, reason, remedy } = explain(EPERM, { disabled: "1", group: "998" });
    assert.equal(cause, "sysctl");
    assert.match(reason, /without CAP_SYS_ADMIN, and outside group 998/);
    assert.match(remedy!, /kernel\.io_uring_group/);
  });

  it("is the filter where the sysctl is 1 but does not concern the process", () => {
    for (const exempt of [
      { capabilities: SYS_ADMIN },
      { group: "27" },
      { group: "998", gids: "1000 1000 1000 998" },
    ]) {
      assert.equal(explain(EPERM, { disabled: "1", seccomp: 2, ...exempt }).cause, "seccomp");
    }
    assert.equal(explain(EPERM, { disabled: "1", seccomp: 2 }).cause, "sysctl");
  });

  it("is the sysctl where an administrator of a user name space is refused without a filter", () => {
    assert.equal(explain(EPERM, { disabled: "1", capabilities: SYS_ADMIN }).cause, "sysctl");
  });

  it("is both the sysctl and perhaps the filter where both are there", () => {
    const { cause, reason } = explain(EPERM, { disabled: "2", seccomp: 2 });
    assert.equal(cause, "sysctl");
    assert.match(reason, /a seccomp filter is there too/);
  });

  it("is a security module where neither sysctl nor filter forbids it", () => {
    for (const errno of [EPERM, EACCES]) {
      const { cause, reason, remedy } = explain(errno, { securityModules: "lockdown,yama,selinux" });
      assert.equal(cause, "security-module");
      assert.match(reason, /selinux/);
      assert.match(remedy!, /dmesg/);
    }
  });

  it("is the kernel where nothing filters and there is no such system call", () => {
    const { cause, remedy } = explain(ENOSYS, { disabled: null });
    assert.equal(cause, "kernel");
    assert.match(remedy!, /Linux 5\.19/);
  });

  it("is the filter for ENOSYS, for certain where the sysctl shows that the kernel has io_uring", () => {
    const certain = explain(ENOSYS, { disabled: "0", seccomp: 2 });
    assert.equal(certain.cause, "seccomp");
    assert.doesNotMatch(certain.reason, /unless/);
    assert.match(explain(ENOSYS, { disabled: null, seccomp: 2 }).reason, /unless this kernel is older/);
  });

  it("is the operations where the kernel tells that it lacks some", () => {
    const { cause, reason } = explain(ENOSYS, {}, ["IORING_OP_SEND"]);
    assert.equal(cause, "operations");
    assert.match(reason, /IORING_OP_SEND/);
  });

  it("is the machine's open files for ENFILE", () => {
    const { cause, remedy } = explain(ENFILE, {});
    assert.equal(cause, "descriptors");
    assert.match(remedy!, /fs\.file-max/);
  });
});
