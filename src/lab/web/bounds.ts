import { readFileSync } from "node:fs";
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
  const descriptors = descriptorLimit();
  return connections + OTHER_DESCRIPTORS <= descriptors ? null : { of: "descriptors", limit: descriptors };
}

/** The soft limit, which Node raises to the hard one when it starts. */
function descriptorLimit(): number {
  const limits = readFileSync("/proc/self/limits", "utf8");
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  return soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft);
}
