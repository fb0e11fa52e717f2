/** The processes that a program has started, and whether they are gone. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** The processes under a process, with their children. */
export function descendants(pid: number): number[] {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(Number(name))] as const);
  const below = (of: number): number[] =>
    parents.flatMap(([child, parent]) => (parent === of ? [child, ...below(child)] : []));
  return below(pid);
}

/** 0 if it is gone, or has ended and only waits for its parent to notice. */
function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? 0 : Number(parent);
  } catch {
    return 0;
  }
}

/** Waits until processes are gone. @throws if they stay */
export async function untilGone(pids: readonly number[]): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (let left = pids; left.length > 0; left = left.filter((pid) => parentOf(pid) !== 0)) {
    assert.ok(performance.now() < deadline, `still there: ${left.join(", ")}`);
    await delay(20);
  }
}
