import { F_DUPFD_CLOEXEC } from "./constants.ts";
import { EMFILE, systemError } from "./errno.ts";
import { close, fcntl } from "./syscalls.ts";

/** Why a descriptor cannot be used, and what to do. */
export function beyondLimit(limit: number): string {
  return `select watches only descriptors below ${limit}, FD_SETSIZE; close some, or choose poll or epoll`;
}

/**
 * Another descriptor of the same file; the kernel gives the lowest number that is free.
 *
 * @param limit what the number has to be below
 * @throws EMFILE if none is free there, and what else the system says, for `purpose`
 */
export function duplicateBelow(fd: number, limit: number, purpose: string): number {
  const own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (own < 0) throw systemError(own, purpose);
  if (own < limit) return own;
  close(own);
  throw systemError(-EMFILE, purpose, { remedy: beyondLimit(limit) });
}
