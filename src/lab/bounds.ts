import { readFileSync } from "node:fs";
import { AIO_READS_MAX, BLOCKING_THREADS_MAX, type Model } from "../drivers/index.ts";
import { decimal } from "../reporting/index.ts";
import { FD_SETSIZE } from "../sys/index.ts";

/** Descriptors that a server or the load generator has beside its connections: Node's, the loop's, the lab's. */
const OTHER_DESCRIPTORS = 24;

/** How many connections a model serves before they wait for each other, and what bounds it. */
const BOUNDS: Partial<Record<Model, readonly [connections: number, what: string]>> = {
  // One thread waits for new connections.
  blocking: [BLOCKING_THREADS_MAX - 1, `${BLOCKING_THREADS_MAX} threads, one for each call that waits`],
  select: [FD_SETSIZE - OTHER_DESCRIPTORS, `descriptors below ${decimal(FD_SETSIZE, 0)} (FD_SETSIZE)`],
  aio: [AIO_READS_MAX, `${AIO_READS_MAX} reads in progress, for each is a thread of the C library`],
};

/** Why a server is not measured with so many connections; null if nothing is known to be in the way. */
export function whyNotMeasured(name: string, connections: number): string | null {
  const bound = Object.hasOwn(BOUNDS, name) ? BOUNDS[name as Model] : undefined;
  if (bound && connections > bound[0]) return `not measured: its bound is ${bound[1]}`;
  const descriptors = descriptorLimit();
  if (connections + OTHER_DESCRIPTORS <= descriptors) return null;
  return `not measured: a process may have ${decimal(descriptors, 0)} descriptors here; raise it with ulimit -Hn`;
}

/** The soft limit, which Node raises to the hard one when it starts. */
function descriptorLimit(): number {
  const limits = readFileSync("/proc/self/limits", "utf8");
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  return soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft);
}
