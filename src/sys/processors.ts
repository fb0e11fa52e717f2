import { SYS_sched_getaffinity, SYS_sched_setaffinity } from "./constants.ts";
import { systemError } from "./errno.ts";
import { addressOf } from "./ffi.ts";
import { systemCall } from "./syscalls.ts";

/** A `cpu_set_t` for as many processors as the largest kernels are built for: a bit each. */
const SET_BYTES = 1024;

/** The calling thread, in sched_setaffinity(2). */
const THIS_THREAD = 0;

/** The processors that this thread may run on, by their numbers: sched_getaffinity(2). */
export function usableProcessors(): number[] {
  const set = affinity();
  return Array.from({ length: 8 * set.length }, (_, processor) => processor).filter(
    (processor) => (set[processor >> 3]! & (1 << (processor & 7))) !== 0,
  );
}

/**
 * Does something with this thread bound to a processor: threads and processes that it starts stay there.
 *
 * @throws EINVAL if the processor is none of {@link usableProcessors}, or what sched_setaffinity(2) says besides
 */
export function onProcessor<T>(processor: number, start: () => T): T {
  const before = affinity();
  const only = emptySet();
  only[processor >> 3] = 1 << (processor & 7);
  setAffinity(only);
  try {
    return start();
  } finally {
    setAffinity(before);
  }
}

function affinity(): Buffer {
  const set = emptySet();
  const bytes = systemCall(SYS_sched_getaffinity, THIS_THREAD, SET_BYTES, addressOf(set), 0, 0, 0);
  if (bytes < 0) throw systemError(bytes, "sched_getaffinity");
  return set.subarray(0, bytes);
}

function setAffinity(set: Buffer): void {
  const result = systemCall(SYS_sched_setaffinity, THIS_THREAD, set.length, addressOf(set), 0, 0, 0);
  if (result < 0) throw systemError(result, "sched_setaffinity");
}

function emptySet(): Buffer {
  return Buffer.allocUnsafeSlow(SET_BYTES).fill(0);
}
