import type { SystemError } from "../sys/index.ts";
import { type Confinement, isDisabledBySysctl, isFiltered } from "./confinement.ts";
import { RAISING_DESCRIPTORS } from "./limit-findings.ts";
import { bytesText, limitText } from "./limit-value.ts";
import type { Limits } from "./limits.ts";
import type { Container, Refusal } from "./report.ts";

/** What the kernel said when the driver was made. */
export type KernelRefusal = Pick<SystemError, "code" | "syscall" | "message">;

const NEWER_KERNEL = "boot Linux 5.19 or later, built with CONFIG_IO_URING; until then other models serve";

/**
 * Tells from each other what makes the kernel refuse io_uring.
 *
 * @param missing the operations that this kernel lacks; null if it could not be asked
 */
export function explainIoUringRefusal(
  refusal: KernelRefusal,
  confinement: Confinement,
  limits: Limits,
  missing: readonly string[] | null,
): Refusal {
  switch (refusal.code) {
    case "EPERM":
      return explainForbidden(refusal, confinement);
    case "EACCES":
      return bySecurityModule(refusal, confinement);
    case "ENOSYS":
      return explainUnknown(refusal, confinement, missing);
    default:
      return explainRefusal(refusal, limits);
  }
}

/** Tells from each other what any model may be refused for. */
export function explainRefusal(refusal: KernelRefusal, limits: Limits): Refusal {
  switch (refusal.code) {
    case "EMFILE":
      return noDescriptors(refusal, limits);
    case "ENFILE":
      return noFiles(refusal);
    case "ENOMEM":
      return noMemory(refusal, limits);
    case "EPERM":
      return { cause: "other", reason: said(refusal), remedy: "look for a sandbox that forbids the call" };
    default:
      return { cause: "other", reason: refusal.message, remedy: null };
  }
}

function explainForbidden(refusal: KernelRefusal, confinement: Confinement): Refusal {
  if (isDisabledBySysctl(confinement)) return bySysctl(refusal, confinement);
  if (isFiltered(confinement)) return byFilter(refusal, confinement);
  // An administrator in a user namespace of its own is none to the kernel.
  if (confinement.disabled === "1") return bySysctl(refusal, confinement);
  return bySecurityModule(refusal, confinement);
}

function explainUnknown(
  refusal: KernelRefusal,
  confinement: Confinement,
  missing: readonly string[] | null,
): Refusal {
  if (missing !== null && missing.length > 0) {
    const reason = `io_uring here lacks operations: ${missing.join(", ")}`;
    return { cause: "operations", reason, remedy: NEWER_KERNEL };
  }
  if (isFiltered(confinement)) return byFilter(refusal, confinement);
  const reason = `this kernel is older than io_uring, or was built without it: ${said(refusal)}`;
  return { cause: "kernel", reason, remedy: NEWER_KERNEL };
}

function bySysctl(refusal: KernelRefusal, confinement: Confinement): Refusal {
  const { disabled, group } = confinement;
  const forWhom = disabled === "2" ? "all processes" : "processes without CAP_SYS_ADMIN";
  const exception = group === null || group === "-1" ? "" : `, and outside group ${group}`;
  const also = isFiltered(confinement) ? "; a seccomp filter is there too and may forbid it as well" : "";
  const join = disabled === "1" ? ", or name a group of this user in kernel.io_uring_group" : "";
  return {
    cause: "sysctl",
    reason:
      `the sysctl kernel.io_uring_disabled is ${disabled}, which forbids io_uring to ` +
      `${forWhom}${disabled === "1" ? exception : ""}: ${said(refusal)}${also}`,
    remedy: `as root, on the host: sysctl -w kernel.io_uring_disabled=0 (keep it in /etc/sysctl.d)${join}`,
  };
}

function byFilter(refusal: KernelRefusal, { container, disabled }: Confinement): Refusal {
  const whose = container
    ? `of the container (${container.engine}, by ${container.sign})`
    : "of this process";
  // Only kernels that were built with io_uring have its sysctl.
  const doubt =
    refusal.code === "ENOSYS" && disabled === null ? ", unless the kernel has no io_uring (Linux 5.19)" : "";
  return {
    cause: "seccomp",
    reason: `the seccomp filter ${whose} forbids io_uring: ${said(refusal)}${doubt}`,
    remedy: `${allowingProfile(container)} io_uring_setup, io_uring_enter and io_uring_register`,
  };
}

function allowingProfile(container: Container | null): string {
  switch (container?.engine) {
    case "Docker":
    case "Podman":
      return "start it with --security-opt seccomp=PROFILE.json, the engine's default profile that also allows";
    case "Kubernetes":
      return "set securityContext.seccompProfile to type Localhost and a profile that allows";
    default:
      return "have what installed it (a container engine, systemd's SystemCallFilter=, a sandbox) allow";
  }
}

function bySecurityModule(refusal: KernelRefusal, { securityModules, container }: Confinement): Refusal {
  const modules = securityModules ? ` (here: ${securityModules})` : "";
  const inside = container ? `, inside ${container.engine}` : "";
  return {
    cause: "security-module",
    reason:
      `neither the sysctl kernel.io_uring_disabled nor a seccomp filter forbids io_uring${inside}, so a ` +
      `security module or sandbox does${modules}: ${said(refusal)}`,
    remedy:
      "look for the denial in the kernel's log (dmesg, ausearch -m avc), and allow io_uring in its policy",
  };
}

function noDescriptors(refusal: KernelRefusal, { descriptors: { soft } }: Limits): Refusal {
  return {
    cause: "descriptors",
    reason: `this process has no file descriptor left, of ${limitText(soft)} (RLIMIT_NOFILE): ${said(refusal)}`,
    remedy: `raise the hard limit: ${RAISING_DESCRIPTORS}`,
  };
}

function noFiles(refusal: KernelRefusal): Refusal {
  return {
    cause: "descriptors",
    reason: `the machine has no open file left (sysctl fs.file-max): ${said(refusal)}`,
    remedy: "as root, on the host: raise fs.file-max, or end what holds so many (/proc/sys/fs/file-nr)",
  };
}

function noMemory(refusal: KernelRefusal, { lockedBytes: { soft } }: Limits): Refusal {
  return {
    cause: "memory",
    reason:
      `memory is missing: ${said(refusal)}; RLIMIT_MEMLOCK is ${bytesText(soft)}, and before Linux 5.12 rings ` +
      "count against it, later against the memory of the control group",
    remedy: "raise the limit, ulimit -l 8192 or LimitMEMLOCK= of systemd, or the container's memory",
  };
}

function said({ syscall, code }: KernelRefusal): string {
  return `${syscall} answers ${code}`;
}
