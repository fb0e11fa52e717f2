import {
  SYS_fcntl,
  SYS_openat,
  SYS_preadv,
  SYS_pwritev,
  SYS_read,
  SYS_readv,
  SYS_write,
  SYS_writev,
} from "../sys/index.ts";

/**
 * A system call on files as plain data, for what READ and WRITE are not: the kernel's ring makes it where it has an
 * operation for it, and otherwise a thread does. One shape for all keeps the drivers free of thirty kinds of requests.
 */
export interface SystemCall {
  /** One of the SYS_ numbers. */
  readonly number: number;
  /** Up to six, in the order of the call: integers, and addresses of pinned memory. */
  readonly args: readonly number[];
  /** What the addresses point into; referenced from here until completion. */
  readonly memory: unknown;
}

/** Whether a call may wait for other programs, such as for a lock or for a pipe's other end, and not for a disk only. */
export function mayWait(call: SystemCall): boolean {
  return call.number === SYS_fcntl || call.number === SYS_openat || goesOn(call);
}

/** Whether its value is a new descriptor. */
export function opensDescriptor({ number }: SystemCall): boolean {
  return number === SYS_openat;
}

/** Whether it transfers from where the descriptor is, which moves, or from what has no positions. */
export function goesOn({ number }: SystemCall): boolean {
  return number === SYS_read || number === SYS_write || number === SYS_readv || number === SYS_writev;
}

/** Whether it names a position, which pipes and the like refuse. */
export function isPositional({ number }: SystemCall): boolean {
  return number === SYS_preadv || number === SYS_pwritev;
}
