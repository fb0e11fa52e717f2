import type { Stretch, ThreadState, TracedCall } from "./timeline.ts";

/**
 * A thread's calls as stretches of its time.
 *
 * @param calls one after the other
 * @param waitsIn the call in which it is blocked; the others only take their time
 */
export function toStretches(calls: readonly TracedCall[], waitsIn: string | null): Stretch[] {
  return calls.map(({ name, fromUs, toUs }) =>
    stretch(name === waitsIn ? "blocked" : "calling", fromUs, toUs),
  );
}

/** Between its calls the thread that asked runs the program. */
export function fillWithWork(stretches: readonly Stretch[], untilUs: number): Stretch[] {
  const filled: Stretch[] = [];
  let reachedUs = 0;
  for (const next of stretches) {
    if (next.fromUs > reachedUs) filled.push(stretch("working", reachedUs, next.fromUs));
    filled.push(next);
    reachedUs = next.toUs;
  }
  if (untilUs > reachedUs) filled.push(stretch("working", reachedUs, untilUs));
  return filled;
}

function stretch(state: ThreadState, fromUs: number, toUs: number): Stretch {
  return { state, fromUs, toUs };
}
