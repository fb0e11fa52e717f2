import { bytesText, isBelow, limitText } from "./limit-value.ts";
import type { Limits } from "./limits.ts";
import type { LimitFinding, LimitValue } from "./report.ts";

/** Below these a limit is felt by a server of ordinary size. */
const LEAST = {
  descriptors: 10_000,
  threads: 1000,
  pendingSignals: 1000,
  backlog: 4096,
  /** A loop's rings take some 300 KiB. */
  lockedBytes: 512 * 1024,
};

export const RAISING_DESCRIPTORS =
  "ulimit -n 65536 as root, LimitNOFILE= of systemd, --ulimit nofile=65536:65536 of a container engine";

/**
 * The limits, with a remedy for each that is low.
 *
 * @param ringsAreLocked whether rings count against RLIMIT_MEMLOCK, as they do before Linux 5.12
 */
export function findLimits(limits: Limits, ringsAreLocked: boolean): LimitFinding[] {
  return [
    descriptors(limits),
    lockedMemory(limits, ringsAreLocked),
    userThreads(limits),
    groupThreads(limits),
    pendingSignals(limits),
    backlog(limits),
  ];
}

function descriptors({ descriptors: { soft, hard } }: Limits): LimitFinding {
  return finding(
    "RLIMIT_NOFILE",
    soft,
    hard,
    `${limitText(soft)} file descriptors, one for each connection; Node raises the soft limit to the hard one`,
    isBelow(soft, LEAST.descriptors) && `raise the hard limit: ${RAISING_DESCRIPTORS}`,
  );
}

function lockedMemory({ lockedBytes: { soft, hard } }: Limits, ringsAreLocked: boolean): LimitFinding {
  const use = ringsAreLocked
    ? "before Linux 5.12 the rings of io_uring count"
    : "rings take some where there is some, and make do with little";
  return finding(
    "RLIMIT_MEMLOCK",
    soft,
    hard,
    `${bytesText(soft)} of locked memory; ${use}`,
    ringsAreLocked &&
      isBelow(soft, LEAST.lockedBytes) &&
      "ulimit -l 8192, LimitMEMLOCK= of systemd, or --ulimit memlock=8388608 of a container engine",
  );
}

function userThreads({ userThreads: { soft, hard } }: Limits): LimitFinding {
  return finding(
    "RLIMIT_NPROC",
    soft,
    hard,
    `${limitText(soft)} threads of this user; it does not bind root`,
    isBelow(soft, LEAST.threads) &&
      "ulimit -u NUMBER, or LimitNPROC= of systemd, for models that use threads",
  );
}

function groupThreads({ groupThreads }: Limits): LimitFinding {
  const group = "threads in this control group";
  return finding(
    "pids.max",
    groupThreads,
    null,
    groupThreads === null ? `no limit on ${group} was found` : `${limitText(groupThreads)} ${group}`,
    isBelow(groupThreads, LEAST.threads) &&
      "TasksMax= of systemd or --pids-limit of a container engine, for models that use threads",
  );
}

function pendingSignals({ pendingSignals: { soft, hard } }: Limits): LimitFinding {
  return finding(
    "RLIMIT_SIGPENDING",
    soft,
    hard,
    `${limitText(soft)} queued signals of this user`,
    isBelow(soft, LEAST.pendingSignals) && "ulimit -i NUMBER, or LimitSIGPENDING= of systemd",
  );
}

function backlog({ backlog: value }: Limits): LimitFinding {
  return finding(
    "somaxconn",
    value,
    null,
    `${limitText(value)} connections may wait for a server to accept them`,
    isBelow(value, LEAST.backlog) &&
      `as root: sysctl -w net.core.somaxconn=${LEAST.backlog}, or --sysctl of a container engine`,
  );
}

/** @param remedy false if the limit is not low */
function finding(
  name: string,
  value: LimitValue,
  hardValue: LimitValue,
  reason: string,
  remedy: string | false,
): LimitFinding {
  return { name, mark: remedy ? "advice" : "works", value, hardValue, reason, remedy: remedy || null };
}
