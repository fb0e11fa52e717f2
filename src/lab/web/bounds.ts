import { readLimits } from "../../doctor/index.ts";
import { AIO_READS_MAX, BLOCKING_THREADS_MAX, type Model } from "../../drivers/index.ts";
import { FD_SETSIZE } from "../../sys/index.ts";
import type { Bound } from "./protocol.ts";

/** Descriptors that a server or the load generator has beside its connections: Node's, the loop's, the lab's. */
const OTHER_DESCRIPTORS = 24;

/** How many connections a model serves before they wait for each other, and what bounds it. */
const BOUNDS: Partial<Record<Model, readonly [connections: number, bound: Bound]>> = {
  // One thread waits for new connections.
  blocking: [BLOCKING_THREADS_MAX - 1, { of: "threads", limit: BLOCKING_THREADS_MAX }],
  select: [FD_SETSIZE - OTHER_DESCRIPTORS, { of: "descriptorNumbers", limit: FD_SETSIZE }],
  aio: [AIO_READS_MAX, { of: "reads", limit: AIO_READS_MAX }],
};

/** What keeps a server from being measured with so many connections; null if nothing is known to be in the way. */
export function boundBelow(name: string, connections: number): Bound | null {
  const bound = Object.hasOwn(BOUNDS, name) ? BOUNDS[name as Model] : undefined;
  if (bound && connections > bound[0]) return bound[1];
  // Node has raised it to the hard limit when it started.
  const { soft } = readLimits().descriptors;
  const isTooLow = typeof soft === "number" && soft < connections + OTHER_DESCRIPTORS;
  return isTooLow ? { of: "descriptors", limit: soft } : null;
}
