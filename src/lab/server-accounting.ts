import { readdirSync, readFileSync } from "node:fs";
import { processCpuNs } from "../sys/index.ts";

/** What the operating system has counted for a process so far. */
export interface Accounting {
  /** CPU time, user and system: of all threads, those that have ended among them. */
  readonly cpuNs: number;
  /** Of each thread that there is, by its number: voluntary and involuntary. */
  readonly contextSwitches: ReadonlyMap<string, number>;
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
export function contextSwitchesBetween(before: Accounting, after: Accounting): number {
  let switches = 0;
  for (const [tid, count] of after.contextSwitches)
    switches += count - (before.contextSwitches.get(tid) ?? 0);
  return switches;
}

function readContextSwitches(pid: number): Map<string, number> {
  const switches = new Map<string, number>();
  for (const tid of readdirSync(`/proc/${pid}/task`)) {
    const status = readThreadStatus(pid, tid);
    if (status === null) continue;
    switches.set(tid, field(status, "voluntary_ctxt_switches") + field(status, "nonvoluntary_ctxt_switches"));
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
