import { RLIMIT_MEMLOCK, SYS_prlimit64 } from "./constants.ts";
import { systemError } from "./errno.ts";
import { addressOf } from "./ffi.ts";
import { systemCall } from "./syscalls.ts";

/** The calling process, in prlimit(2). */
const THIS_PROCESS = 0;

/** How much memory the processes of this user may lock, RLIMIT_MEMLOCK of getrlimit(2): bytes, or Infinity. */
export function lockedMemoryLimit(): number {
  // `struct rlimit`: the soft limit, then the hard one.
  const limits = Buffer.allocUnsafeSlow(16);
  const result = systemCall(SYS_prlimit64, THIS_PROCESS, RLIMIT_MEMLOCK, 0, addressOf(limits), 0, 0);
  if (result < 0) throw systemError(result, "prlimit");
  const soft = limits.readBigUInt64LE();
  // RLIM_INFINITY is all ones.
  return soft === 0xffff_ffff_ffff_ffffn ? Number.POSITIVE_INFINITY : Number(soft);
}
