import { readFileSync } from "node:fs";

/** Which of the fields behind the name, the second in /proc/PID/stat, is the policy, the 41st. */
const POLICY = 41 - 3;

/** The policy of a thread, by its number among the kernel's: proc_pid_stat(5). 0: SCHED_OTHER, 3: SCHED_BATCH. */
export function schedulingPolicy(thread: number | "self"): number {
  const stat = readFileSync(`/proc/${thread === "self" ? "thread-self" : thread}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[POLICY]);
}
