import { freemem } from "node:os";
import { cgroupLimit } from "./cgroups.ts";
import { parseLimit } from "./limit-value.ts";
import type { LimitValue } from "./report.ts";
import { readText } from "./texts.ts";

/** A resource limit of this process, getrlimit(2). */
export interface ResourceLimit {
  readonly soft: LimitValue;
  /** What the process may raise `soft` to. */
  readonly hard: LimitValue;
}

/** The limits that bound what the models can do here. */
export interface Limits {
  /** RLIMIT_NOFILE */
  readonly descriptors: ResourceLimit;
  /** RLIMIT_NPROC: threads of this user; it does not bind root. */
  readonly userThreads: ResourceLimit;
  /** RLIMIT_MEMLOCK */
  readonly lockedBytes: ResourceLimit;
  /** RLIMIT_SIGPENDING: signals that may be queued for this user. */
  readonly pendingSignals: ResourceLimit;
  /** pids.max of the control groups around this process: threads in all of them together. */
  readonly groupThreads: LimitValue;
  /** The sysctl net.core.somaxconn: connections that wait to be accepted, per listening socket. */
  readonly backlog: LimitValue;
  /** Memory that is free. */
  readonly freeBytes: number;
}

export function readLimits(): Limits {
  const limits = readText("/proc/self/limits");
  return {
    descriptors: resourceLimit(limits, "Max open files"),
    userThreads: resourceLimit(limits, "Max processes"),
    lockedBytes: resourceLimit(limits, "Max locked memory"),
    pendingSignals: resourceLimit(limits, "Max pending signals"),
    groupThreads: cgroupLimit("pids", "pids.max"),
    backlog: parseLimit(readText("/proc/sys/net/core/somaxconn")),
    freeBytes: freemem(),
  };
}

function resourceLimit(limits: string | null, name: string): ResourceLimit {
  const [, soft, hard] = new RegExp(`^${name}\\s+(\\S+)\\s+(\\S+)`, "m").exec(limits ?? "") ?? [];
  return { soft: parseLimit(soft), hard: parseLimit(hard) };
}
