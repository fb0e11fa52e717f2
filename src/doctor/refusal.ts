import { type Confinement, isDisabledBySysctl, isFiltered } from "./confinement.ts";
import { type KernelRefusal, said } from "./kernel-refusal.ts";
import type { Limits } from "./limits.ts";
import type { Container, Refusal } from "./report.ts";
import { explainShortage } from "./shortage.ts";

const IO_URING_CALLS = "io_uring_setup, io_uring_enter and io_uring_register";
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
      return explainRefusal(refusal, confinement, limits);
  }
}

/** Tells from each other what any other model may be refused for. */
export function explainRefusal(refusal: KernelRefusal, confinement: Confinement, limits: Limits): Refusal {
  const shortage = explainShortage(refusal, limits);
  if (shortage) return shortage;
  const { code, syscall, message } = refusal;
  const isForbidden = code === "EPERM" || code === "ENOSYS";
  if (isForbidden && isFiltered(confinement)) return byFilter(refusal, confinement, "it", syscall);
  return { cause: "other", reason: message, remedy: null };
}

function explainForbidden(refusal: KernelRefusal, confinement: Confinement): Refusal {
  if (isDisabledBySysctl(confinement)) return bySysctl(refusal, confinement);
  if (isFiltered(confinement)) return byFilter(refusal, confinement, "io_uring", IO_URING_CALLS);
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
  if (isFiltered(confinement)) return byFilter(refusal, confinement, "io_uring", IO_URING_CALLS);
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

/**
 * @param what is forbidden
 * @param calls the system calls that should be allowed
 */
function byFilter(refusal: KernelRefusal, confinement: Confinement, what: string, calls: string): Refusal {
  const { container, disabled } = confinement;
  const where = container ? `, in a container (${container.engine}, by ${container.sign}),` : "";
  // Only kernels that were built with io_uring have its sysctl.
  const isCertain = refusal.code !== "ENOSYS" || disabled !== null;
  const doubt = isCertain ? "" : ", unless this kernel is older";
  return {
    cause: "seccomp",
    reason: `a seccomp filter${where} forbids ${what}: ${said(refusal)}${doubt}`,
    remedy: `${allowingProfile(container)} ${calls}`,
  };
}

function allowingProfile(container: Container | null): string {
  switch (container?.engine) {
    case "Docker":
    case "Podman":
      return "start the container with --security-opt seccomp=PROFILE.json, the engine's default profile that allows also";
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
