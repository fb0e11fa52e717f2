import { findContainer } from "./container.ts";
import type { Container } from "./report.ts";
import { fieldOf, readText } from "./texts.ts";

/** What may forbid io_uring to a process, as texts of /proc and /sys; null where a file cannot be read. */
export interface Confinement {
  /** /proc/sys/kernel/io_uring_disabled, of Linux 6.6; only kernels that were built with io_uring have it. */
  readonly disabled: string | null;
  /** /proc/sys/kernel/io_uring_group: a group that 1 in `disabled` does not concern; -1 is none. */
  readonly group: string | null;
  /** /proc/self/status */
  readonly status: string | null;
  /** /sys/kernel/security/lsm */
  readonly securityModules: string | null;
  readonly container: Container | null;
}

const CAP_SYS_ADMIN = 21n;
const SECCOMP_MODE_FILTER = "2";

export function readConfinement(): Confinement {
  return {
    disabled: readText("/proc/sys/kernel/io_uring_disabled"),
    group: readText("/proc/sys/kernel/io_uring_group"),
    status: readText("/proc/self/status"),
    securityModules: readText("/sys/kernel/security/lsm"),
    container: findContainer(),
  };
}

/** Whether a seccomp filter watches this thread's system calls. */
export function isFiltered({ status }: Confinement): boolean {
  return fieldOf(status, "Seccomp") === SECCOMP_MODE_FILTER;
}

/** Whether the sysctl kernel.io_uring_disabled forbids io_uring to this process: 2 to all, 1 to those without a right. */
export function isDisabledBySysctl(confinement: Confinement): boolean {
  if (confinement.disabled === "2") return true;
  return confinement.disabled === "1" && !isAdministrator(confinement) && !isInGroup(confinement);
}

function isAdministrator({ status }: Confinement): boolean {
  const capabilities = BigInt(`0x${fieldOf(status, "CapEff") ?? "0"}`);
  return ((capabilities >> CAP_SYS_ADMIN) & 1n) === 1n;
}

function isInGroup({ group, status }: Confinement): boolean {
  // Real, effective, saved and file system's: the kernel asks for the last or a supplementary one.
  const own = fieldOf(status, "Gid")?.split(/\s+/).at(-1);
  const supplementary = fieldOf(status, "Groups")?.trim().split(/\s+/) ?? [];
  return group !== null && group !== "-1" && [own, ...supplementary].includes(group);
}
