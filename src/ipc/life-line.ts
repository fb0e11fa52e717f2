import { Socket } from "node:net";
import {
  addressOf,
  F_DUPFD_CLOEXEC,
  ownDescriptor,
  SO_COOKIE,
  SOCK_NONBLOCK,
  SOL_SOCKET,
  streamSocketPair,
  syscalls,
} from "../sys/index.ts";

/** By what other threads learn of a thread's end: a descriptor, and the kernel's name for its socket, for numbers are reused. */
export interface LifeLine {
  readonly fd: number;
  /** SO_COOKIE, of socket(7); the kernel gives each only once. */
  readonly cookie: bigint;
}

const cookie = new BigUint64Array(Buffer.allocUnsafeSlow(8).buffer);
const cookieAddress = addressOf(cookie);
const cookieLength = Int32Array.of(8);
const cookieLengthAddress = addressOf(cookieLength);

/**
 * This thread's. It is one end of a socket pair on which nothing is ever sent: when the thread ends, however it does, the kernel
 * closes the other, and who has a duplicate of this one is told.
 */
export function openLifeLine(): LifeLine {
  const [held, fd] = streamSocketPair(SOCK_NONBLOCK);
  ownDescriptor(held);
  ownDescriptor(fd);
  return { fd, cookie: cookieOf(fd) };
}

/** Whether the thread has not ended, so that the number is still its own. */
export function holds(line: LifeLine): boolean {
  return cookieOf(line.fd) === line.cookie;
}

/** Has somebody told of the end of another thread. @returns false if it has ended already, and nobody will be told */
export function followLifeLine({ fd, cookie }: LifeLine, ended: () => void): boolean {
  const own = duplicate(fd);
  if (own < 0) return false;
  // Asked of the duplicate, which nobody else closes: by now the number may be another socket's, or a file's.
  if (cookieOf(own) !== cookie) {
    syscalls.close(own);
    return false;
  }
  // Node's own, for Node takes it apart when this thread ends itself.
  const socket = new Socket({ fd: own, readable: true, writable: false });
  socket.on("close", ended).resume().unref();
  return true;
}

/** @returns -errno if there is no such descriptor any more */
export function duplicate(fd: number): number {
  return syscalls.fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

/** 0 for what is no socket. */
function cookieOf(fd: number): bigint {
  cookieLength[0] = 8;
  const result = syscalls.getsockopt(fd, SOL_SOCKET, SO_COOKIE, cookieAddress, cookieLengthAddress);
  return result < 0 ? 0n : cookie[0]!;
}
