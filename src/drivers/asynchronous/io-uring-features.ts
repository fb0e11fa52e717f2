import { isMainThread } from "node:worker_threads";
import { EINVAL, ENOMEM, ENOSYS, EPERM, type SystemError, systemError } from "../../sys/index.ts";
import {
  IORING_OP_ACCEPT,
  IORING_OP_ASYNC_CANCEL,
  IORING_OP_CLOSE,
  IORING_OP_CONNECT,
  IORING_OP_READ,
  IORING_OP_RECV,
  IORING_OP_SEND,
  IORING_OP_WRITE,
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_NO_MMAP,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SUBMIT_ALL,
  IORING_SETUP_TASKRUN_FLAG,
  Ring,
  supportedOpcodes,
} from "../../uring/index.ts";

/** What the kernel may lack; the driver does with less. Each can be switched off to test that it does. */
export interface IoUringFeatures {
  /** One receive request for many messages, Linux 6.0. */
  readonly multishotReceive?: boolean;
  /** One accept request for many connections, Linux 5.19. */
  readonly multishotAccept?: boolean;
  /** Receive buffers that are used bit by bit, Linux 6.12. */
  readonly incrementalBuffers?: boolean;
  /** Completion work is put off until the program asks, Linux 6.1. */
  readonly deferredTaskrun?: boolean;
  /** Opening, asking, renaming and the like in the ring, Linux 5.6 to 6.9 each; without, threads make the calls. */
  readonly fileCalls?: boolean;
}

/** Submission entries: what one turn may submit without an extra system call. */
const ENTRIES = 512;
/**
 * Completion entries, 16 bytes each: a burst of as many completions needs no overflow handling. Fewer where little memory
 * may be locked, RLIMIT_MEMLOCK: some kernels count rings.
 */
const COMPLETION_ENTRIES = [16384, 4096, 1024];

/** Set-up flags, the best first. The kernel refuses a set with a flag that it does not know (EINVAL). */
const DEFERRED = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
const SETUPS = [
  IORING_SETUP_SUBMIT_ALL | IORING_SETUP_TASKRUN_FLAG | DEFERRED | IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SUBMIT_ALL | IORING_SETUP_TASKRUN_FLAG | DEFERRED,
  IORING_SETUP_SUBMIT_ALL | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_SUBMIT_ALL,
  0,
];

/**
 * A Worker can be ended without a moment to unmap the ring, which would then stay, and keep the sockets of what is in flight, as
 * long as the process. In memory of our own it ends with its descriptor, Linux 6.5.
 */
const WORKERS_SETUPS = [SETUPS[0]! | IORING_SETUP_NO_MMAP, ...SETUPS];

/** A ring with the best flags that the kernel knows. */
export function setUpRing(features: IoUringFeatures): { ring: Ring; flags: number } {
  const known = isMainThread ? SETUPS : WORKERS_SETUPS;
  const setups =
    features.deferredTaskrun === false ? known.filter((flags) => (flags & DEFERRED) === 0) : known;
  let refusal: SystemError | undefined;
  for (const completionEntries of COMPLETION_ENTRIES) {
    for (const flags of setups) {
      try {
        return { ring: new Ring({ entries: ENTRIES, completionEntries, flags }), flags };
      } catch (error) {
        refusal = error as SystemError;
        const mayDoWithLess = refusal.errno === -EINVAL || (flags & IORING_SETUP_NO_MMAP) !== 0;
        if (!mayDoWithLess) break;
      }
    }
    if (refusal?.errno !== -ENOMEM) break;
  }
  throw refusal!;
}

/** The operations that the driver cannot do without. */
export const NEEDED_OPCODES: readonly number[] = [
  IORING_OP_ACCEPT,
  IORING_OP_CONNECT,
  IORING_OP_RECV,
  IORING_OP_SEND,
  IORING_OP_CLOSE,
  IORING_OP_ASYNC_CANCEL,
  IORING_OP_READ,
  IORING_OP_WRITE,
];

/**
 * The opcodes that this kernel knows.
 *
 * @throws ENOSYS if the kernel lacks an opcode that the driver cannot do without
 */
export function requireOpcodes(ring: Ring): ReadonlySet<number> {
  const supported = supportedOpcodes(ring);
  if (NEEDED_OPCODES.every((opcode) => supported.has(opcode))) return supported;
  throw systemError(-ENOSYS, "io_uring_register", {
    remedy: "io_uring here lacks sockets; Linux 5.19 has them",
  });
}

/** Why io_uring does not work here, in a sentence, and what would help. */
export function explainRefusal(error: SystemError): string {
  switch (-error.errno) {
    case EPERM:
      return (
        "io_uring is forbidden here (EPERM): by a seccomp filter, as in the default profile of container engines, " +
        "or by the sysctl kernel.io_uring_disabled"
      );
    case ENOSYS:
      return "this kernel has no io_uring, or one too old (ENOSYS); Linux 5.19 or later is needed";
    case ENOMEM:
      return "io_uring needs more locked memory than is allowed here (ENOMEM); raise the limit, ulimit -l";
    default:
      return `io_uring cannot be set up here: ${error.message}`;
  }
}
