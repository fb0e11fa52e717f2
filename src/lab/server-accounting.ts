import { readdirSync, readFileSync } from "node:fs";

/** The kernel's clock ticks per second in /proc/PID/stat (USER_HZ): 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** What the operating system has counted for a process so far. */
export interface Accounting {
  /** CPU time of all threads, user and system. */
  readonly cpuNs: number;
  /** Of all threads, voluntary and involuntary. */
  readonly contextSwitches: number;
  /** The most resident memory so far. */
  readonly peakRssBytes: number;
}

/** Reads the account of a process from /proc. Threads that ended before are not in it. */
export function readAccounting(pid: number): Accounting {
  const threads = readdirSync(`/proc/${pid}/task`).map((tid) => `/proc/${pid}/task/${tid}`);
  let contextSwitches = 0;
  for (const thread of threads) {
    const status = readFileSync(`${thread}/status`, "utf8");
    contextSwitches += field(status, "voluntary_ctxt_switches") + field(status, "nonvoluntary_ctxt_switches");
  }
  return {
    cpuNs: readCpuNs(pid, threads),
    contextSwitches,
    peakRssBytes: field(readFileSync(`/proc/${pid}/status`, "utf8"), "VmHWM") * 1024,
  };
}

/** From schedstat, which counts nanoseconds; a kernel without it has only ticks of ten milliseconds. */
function readCpuNs(pid: number, threads: readonly string[]): number {
  try {
    return threads.reduce((sum, thread) => {
      return sum + Number(readFileSync(`${thread}/schedstat`, "utf8").split(" ", 1)[0]);
    }, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // proc(5): fields 14 and 15, utime and stime; the second field is in brackets and may contain blanks.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return ((Number(fields[11]) + Number(fields[12])) * 1e9) / TICKS_PER_SECOND;
  }
}

function field(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? 0);
}
