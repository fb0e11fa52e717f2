import { SCHED_BATCH, SYS_sched_setscheduler } from "./constants.ts";
import { addressOf } from "./ffi.ts";
import { systemCall } from "./syscalls.ts";

/** A `struct sched_param`: the static priority, which is 0 for all but real-time policies. */
const parameters = new Int32Array(Buffer.allocUnsafeSlow(4).fill(0).buffer);

/**
 * Makes a thread one that computes, SCHED_BATCH of sched(7): it has its full share of the processor, but does not take it from
 * others in the moment in which it is woken. Threads and processes that it starts are such, too.
 *
 * @param thread its number among the kernel's
 * @returns 0, or -errno: a sandbox may not allow it (EPERM)
 */
export function scheduleAsBatch(thread: number): number {
  return systemCall(SYS_sched_setscheduler, thread, SCHED_BATCH, addressOf(parameters), 0, 0, 0);
}
