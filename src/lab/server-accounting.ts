import { readdirSync, readFileSync } from "node:fs";
import { processCpuNs } from "../sys/index.ts";

/** How often threads were taken off their processor: because they waited, or because another was to have it. */
export interface ContextSwitches {
  readonly voluntary: number;
  readonly involuntary: number;
}

/** What the operating system has counted for a process so far. */
export interface Accounting {
  /** CPU time, user and system: of all threads, those that have ended among them. */
  readonly cpuNs: number;
  /** Of each thread that there is, by its number. */
  readonly contextSwitches: ReadonlyMap<string, ContextSwitches>;
  /** How many threads there are. */
  readonly threads: number;
  /** The most resident memory so far. */
  readonly peakRssBytes: number;
}

/**
 * Reads the account of a process.
 *
 * @throws ESRCH or ENOENT if there is no such process
 */
export function readAccounting(pid: number): Accounting {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return {
    cpuNs: processCpuNs(pid),
    contextSwitches: readContextSwitches(pid),
    threads: field(status, "Threads"),
    peakRssBytes: field(status, "VmHWM") * 1024,
  };
}

/** The context switches of all threads that were there to the end: the count of others went with them. */
export function contextSwitchesBetween(before: Accounting, after: Accounting): ContextSwitches {
  let voluntary = 0;
  let involuntary = 0;
  for (const [tid, count] of after.contextSwitches) {
    const earlier = before.contextSwitches.get(tid);
    voluntary += count.voluntary - (earlier?.voluntary ?? 0);
    involuntary += count.involuntary - (earlier?.involuntary ?? 0);
  }
  return { voluntary, involuntary };
}

function readContextSwitches(pid: number): Map<string, ContextSwitches> {
  const switches = new Map<string, ContextSwitches>();
  for (const tid of readdirSync(`/proc/${pid}/task`)) {
    const status = readThreadStatus(pid, tid);
    if (status === null) continue;
    const voluntary = field(status, "voluntary_ctxt_switches");
    switches.set(tid, { voluntary, involuntary: field(status, "nonvoluntary_ctxt_switches") });
  }
  return switches;
}

/** Null if the thread has ended since its number was read. */
function readThreadStatus(pid: number, tid: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/task/${tid}/status`, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return null;
    throw error;
  }
}

function field(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? 0);
}
