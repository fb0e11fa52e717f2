import { AIO_READS_MAX, blockingThreadsMax } from "../drivers/index.ts";
import { FD_SETSIZE } from "../sys/index.ts";
import { isBelow, limitText, lower } from "./limit-value.ts";
import type { Limits } from "./limits.ts";

/** What a Worker with a runtime of its own takes, and what a thread of the C library takes of memory at once. */
const WORKER_BYTES = 8e6;
const THREAD_BYTES = 64e3;

/** What bounds a model, by its name; a model that is not here has no bound that we know. */
const BOUNDS: Readonly<Record<string, (limits: Limits) => string>> = {
  blocking: (limits) => {
    const own = blockingThreadsMax();
    return (
      fewerThreads(limits, own, WORKER_BYTES) ??
      `${limitText(own)} threads (PENTIO_BLOCKING_THREADS), calls beyond take turns`
    );
  },
  nonblocking: descriptors,
  select: ({ descriptors: { soft } }) =>
    `descriptors below ${limitText(lower(soft, FD_SETSIZE))} (FD_SETSIZE)`,
  poll: descriptors,
  epoll: descriptors,
  signal: (limits) =>
    `${descriptors(limits)}; ${limitText(limits.pendingSignals.soft)} queued signals (RLIMIT_SIGPENDING)`,
  io_uring: descriptors,
  aio: (limits) =>
    fewerThreads(limits, AIO_READS_MAX, THREAD_BYTES) ?? `${limitText(AIO_READS_MAX)} reads at once`,
};

/** How many connections a model can have here, in words; null if nothing is known to bound it. */
export function boundOf(model: string, limits: Limits): string | null {
  return Object.hasOwn(BOUNDS, model) ? BOUNDS[model]!(limits) : null;
}

function descriptors({ descriptors: { soft } }: Limits): string {
  return `${limitText(soft)} descriptors`;
}

/** What allows a model fewer threads than its own bound, in words; null if nothing does. */
function fewerThreads(limits: Limits, own: number, bytesEach: number): string | null {
  // RLIMIT_NPROC does not bind root.
  const user = process.getuid?.() === 0 ? "unlimited" : limits.userThreads.soft;
  const allowed = lower(user, limits.groupThreads);
  const fitting = Math.floor(limits.freeBytes / bytesEach);
  if (isBelow(allowed, Math.min(own, fitting)))
    return `${limitText(allowed)} threads (RLIMIT_NPROC, pids.max)`;
  return fitting < own ? `memory for about ${limitText(fitting)} threads` : null;
}
