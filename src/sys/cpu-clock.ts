import { CLOCK_THREAD_CPUTIME_ID } from "./constants.ts";
import { systemError } from "./errno.ts";
import { addressOf, bind } from "./ffi.ts";
import { clockGettime } from "./syscalls.ts";

const getCpuClockId = bind<(pid: number, clock: number) => number>("clock_getcpuclockid", "i32", [
  "i32",
  "pointer",
]);

/** A `struct timespec`, then a `clockid_t`. */
const words = new Int32Array(Buffer.allocUnsafeSlow(24).fill(0).buffer);
const wordsAddress = addressOf(words);
const SECONDS = 0;
const NANOSECONDS = 2;
const CLOCK = 4;

/**
 * The CPU time that a process has used so far, user and system, all its threads and those that have ended:
 * clock_getcpuclockid(3). Exact to the moment, where the files in /proc lag by a tick.
 *
 * @returns nanoseconds
 * @throws ESRCH if there is no such process
 */
export function processCpuNs(pid: number): number {
  // It returns the error's number.
  let result = 0 - getCpuClockId(pid, wordsAddress + CLOCK * 4);
  if (result === 0) result = clockGettime(words[CLOCK]!, wordsAddress);
  if (result < 0) throw systemError(result, "clock_getcpuclockid");
  return nanoseconds();
}

/** The CPU time that this thread has used so far, user and system, in nanoseconds: clock_gettime(2). */
export function threadCpuNs(): number {
  clockGettime(CLOCK_THREAD_CPUTIME_ID, wordsAddress);
  return nanoseconds();
}

function nanoseconds(): number {
  return words[SECONDS]! * 1e9 + words[NANOSECONDS]!;
}
