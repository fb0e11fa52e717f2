import { type KernelRefusal, said } from "./kernel-refusal.ts";
import { RAISING_DESCRIPTORS } from "./limit-findings.ts";
import { bytesText, limitText } from "./limit-value.ts";
import type { Limits } from "./limits.ts";
import type { Refusal } from "./report.ts";

/** What is used up, if that is why a model is refused; null if it is not. */
export function explainShortage(refusal: KernelRefusal, limits: Limits): Refusal | null {
  switch (refusal.code) {
    case "EMFILE":
      return noDescriptors(refusal, limits);
    case "ENFILE":
      return noFiles(refusal);
    case "ENOMEM":
      return noMemory(refusal, limits);
    default:
      return null;
  }
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
      `memory is missing: ${said(refusal)}; RLIMIT_MEMLOCK is ${bytesText(soft)}, and rings count against it ` +
      "before Linux 5.12 and on 6.18, in between against the memory of the control group",
    remedy: "raise the limit, ulimit -l 8192 or LimitMEMLOCK= of systemd, or the container's memory",
  };
}
