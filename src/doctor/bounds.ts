import { decimal } from "../reporting/index.ts";
import { FD_SETSIZE } from "../sys/index.ts";
import { limitText, lower } from "./limit-value.ts";
import type { Limits } from "./limits.ts";

/** What a Worker with a runtime of its own takes, and what a thread of the C library takes of memory at once. */
const WORKER_BYTES = 8e6;
const THREAD_BYTES = 64e3;

/** What bounds a model, by its name; a model that is not here has no bound that we know. */
const BOUNDS: Readonly<Record<string, (limits: Limits) => string>> = {
  blocking: (limits) => threads(limits, WORKER_BYTES),
  nonblocking: descriptors,
  select: ({ descriptors: { soft } }) =>
    `descriptors below ${limitText(lower(soft, FD_SETSIZE))} (FD_SETSIZE)`,
  poll: descriptors,
  epoll: descriptors,
  signal: (limits) =>
    `${descriptors(limits)}; ${limitText(limits.pendingSignals.soft)} queued signals (RLIMIT_SIGPENDING)`,
  io_uring: descriptors,
  aio: (limits) => threads(limits, THREAD_BYTES),
};

/** How many connections a model can have here, in words; null if nothing is known to bound it. */
export function boundOf(model: string, limits: Limits): string | null {
  return Object.hasOwn(BOUNDS, model) ? BOUNDS[model]!(limits) : null;
}

function descriptors({ descriptors: { soft } }: Limits): string {
  return `${limitText(soft)} descriptors`;
}

function threads(limits: Limits, bytesEach: number): string {
  // RLIMIT_NPROC does not bind root.
  const user = process.getuid?.() === 0 ? "unlimited" : limits.userThreads.soft;
  const allowed = lower(user, limits.groupThreads);
  const memory = `memory for about ${decimal(limits.freeBytes / bytesEach, 0)} threads`;
  return typeof allowed === "number"
    ? `${limitText(allowed)} threads (RLIMIT_NPROC, pids.max); ${memory}`
    : memory;
}
