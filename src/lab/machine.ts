import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Placement } from "./report.ts";

/**
 * A CPU for the server and another for the load generator, so that the scheduler's choices do not move the figures.
 *
 * @returns null if there are fewer than two, or no taskset(1) that works
 */
export function choosePlacement(): Placement | null {
  const [serverCpu, loadCpu] = allowedCpus();
  if (serverCpu === undefined || loadCpu === undefined) return null;
  const { status } = spawnSync("taskset", ["-c", `${serverCpu},${loadCpu}`, "true"], { stdio: "ignore" });
  return status === 0 ? { serverCpu, loadCpu } : null;
}

/** The first CPUs that this process may run on: a container may have any, not 0 and 1. */
function allowedCpus(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "";
  return list.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number) as [number, number?];
    return first === last ? [first] : [first, first + 1];
  });
}
