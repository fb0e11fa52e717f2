import type { TracedCall } from "../../phases/timeline.ts";

/** Calls that are alike and stand so close together that they are one mark. */
export interface CallGroup {
  readonly first: TracedCall;
  readonly last: TracedCall;
  readonly times: number;
}

/**
 * Joins neighbours of the same name, outcome and thread.
 *
 * @param apartUs calls whose beginnings are further apart stay apart
 */
export function groupCalls(calls: readonly TracedCall[], apartUs: number): CallGroup[] {
  const groups: { first: TracedCall; last: TracedCall; times: number }[] = [];
  for (const call of calls) {
    const group = groups.at(-1);
    if (group && isAlike(group.last, call) && call.fromUs - group.last.fromUs < apartUs) {
      group.last = call;
      group.times++;
    } else {
      groups.push({ first: call, last: call, times: 1 });
    }
  }
  return groups;
}

function isAlike(a: TracedCall, b: TracedCall): boolean {
  return a.name === b.name && a.outcome === b.outcome && a.result === b.result && a.thread === b.thread;
}
