import {
  AF_UNIX,
  addressOf,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  type SystemError,
  syscalls,
} from "../../../src/sys/index.ts";
import {
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_NO_MMAP,
  IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SUBMIT_ALL,
  IORING_SETUP_TASKRUN_FLAG,
  Ring,
} from "../../../src/uring/index.ts";

const DEFERRED = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;

/** The kinds of rings that the driver sets up, from the oldest kernel's to the newest's. */
export const ringKinds: Readonly<Record<string, number>> = {
  "without flags": 0,
  "with SUBMIT_ALL": IORING_SETUP_SUBMIT_ALL,
  "with COOP_TASKRUN": IORING_SETUP_SUBMIT_ALL | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_COOP_TASKRUN,
  "with DEFER_TASKRUN": IORING_SETUP_SUBMIT_ALL | IORING_SETUP_TASKRUN_FLAG | DEFERRED,
  "with DEFER_TASKRUN and NO_SQARRAY":
    IORING_SETUP_SUBMIT_ALL | IORING_SETUP_TASKRUN_FLAG | DEFERRED | IORING_SETUP_NO_SQARRAY,
  "in memory of the program's own": IORING_SETUP_SUBMIT_ALL | IORING_SETUP_NO_MMAP,
  "in memory of the program's own, with all flags":
    IORING_SETUP_SUBMIT_ALL |
    IORING_SETUP_TASKRUN_FLAG |
    DEFERRED |
    IORING_SETUP_NO_SQARRAY |
    IORING_SETUP_NO_MMAP,
};

/** Why this machine has no such ring, or false: the `skip` of a test. */
export function ringRefusal(flags = 0): string | false {
  try {
    new Ring({ entries: 1, completionEntries: 2, flags }).close();
    return false;
  } catch (error) {
    const { code, message } = error as SystemError;
    return code === "EINVAL" ? "this kernel does not know one of the flags" : message;
  }
}

/** Two connected Unix stream sockets. */
export function socketPair(): [number, number] {
  const fds = new Int32Array(Buffer.allocUnsafeSlow(8).buffer);
  const result = syscalls.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, addressOf(fds));
  if (result < 0) throw new Error(`socketpair: ${result}`);
  return [fds[0]!, fds[1]!];
}

/** send(2) without waiting; the answer is the kernel's. */
export function sendNow(fd: number, data: string | Uint8Array): number {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(data));
  bytes.set(typeof data === "string" ? Buffer.from(data) : data);
  const MSG_DONTWAIT = 0x40;
  return syscalls.send(fd, addressOf(bytes), bytes.length, MSG_DONTWAIT);
}
