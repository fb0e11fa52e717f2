import { readdirSync, readFileSync } from "node:fs";
import { processCpuNs } from "../sys/index.ts";

/** How often threads were taken off their processor: because they waited, or because another was to have it. */
export interface ContextSwitches {
  readonly voluntary: number;
  readonly involuntary: number;
}

/** What the operating system has counted for a process, and for those that it has started, so far. */
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
 * Reads the account of a process and of those that it has started.
 *
 * @throws ESRCH or ENOENT if there is no such process
 */
export function readAccounting(pid: number): Accounting {
  const pids = processesOf(pid);
  const statuses = pids.map((each) => readFileSync(`/proc/${each}/status`, "utf8"));
  const sum = (name: string) => statuses.reduce((total, status) => total + field(status, name), 0);
  return {
    cpuNs: pids.reduce((total, each) => total + processCpuNs(each), 0),
    contextSwitches: new Map(pids.flatMap(readContextSwitches)),
    threads: sum("Threads"),
    peakRssBytes: sum("VmHWM") * 1024,
  };
}

/** A process and those that it has started. */
export function processesOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((tid) =>
    (readIfThere(`/proc/${pid}/task/${tid}/children`) ?? "").trim().split(" "),
  );
  return [pid, ...children.filter((child) => child !== "").map(Number)];
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

function readContextSwitches(pid: number): [tid: string, ContextSwitches][] {
  return readdirSync(`/proc/${pid}/task`).flatMap((tid) => {
    const status = readIfThere(`/proc/${pid}/task/${tid}/status`);
    if (status === null) return [];
    const voluntary = field(status, "voluntary_ctxt_switches");
    return [[tid, { voluntary, involuntary: field(status, "nonvoluntary_ctxt_switches") }]];
  });
}

/** Null if the thread has ended since its number was read. */
function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return null;
    throw error;
  }
}

function field(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? 0);
}
