import {
  closeAtExit,
  disownDescriptor,
  F_GETFL,
  F_SETFD,
  F_SETFL,
  F_SETOWN,
  F_SETSIG,
  FD_CLOEXEC,
  keepAtExit,
  O_ASYNC,
  ownDescriptor,
  SIGKILL,
  streamSocketPair,
  syscalls,
} from "../sys/index.ts";

/**
 * Has the kernel end a process when this one, or this thread, has ended, however that was, and whatever the process does. A process
 * that reads its socket between calls would otherwise hear of it only after its call, which may be an endless loop.
 *
 * It is a socket pair on which nothing is sent: at its end the kernel signals who owns the other end, and the signal is SIGKILL.
 */
export class LifeLine {
  /** The process's end, which it inherits if it is started before {@link tie}. */
  readonly theirs: number;
  private readonly ours: number;
  private readonly isAtWork: () => boolean;

  /** @param isAtWork whether the process is in the middle of something: if not, it may end by itself, with its exit handlers */
  constructor(isAtWork: () => boolean) {
    [this.ours, this.theirs] = streamSocketPair();
    ownDescriptor(this.ours);
    ownDescriptor(this.theirs);
    syscalls.fcntl(this.theirs, F_SETFD, 0);
    this.isAtWork = isAtWork;
    closeAtExit(this.atExit);
  }

  /** @param pid undefined if the process could not be started */
  tie(pid: number | undefined): void {
    const { theirs } = this;
    // Nobody else is to inherit it.
    syscalls.fcntl(theirs, F_SETFD, FD_CLOEXEC);
    if (pid === undefined) return;
    syscalls.fcntl(theirs, F_SETOWN, pid);
    syscalls.fcntl(theirs, F_SETSIG, SIGKILL);
    syscalls.fcntl(theirs, F_SETFL, syscalls.fcntl(theirs, F_GETFL, 0) | O_ASYNC);
  }

  /** When the process has ended. */
  close(): void {
    keepAtExit(this.atExit);
    for (const fd of [this.theirs, this.ours]) {
      disownDescriptor(fd);
      syscalls.close(fd);
    }
  }

  /** It is told of our end by its own socket, too. */
  private readonly atExit = (): void => {
    if (this.isAtWork()) return;
    syscalls.fcntl(this.theirs, F_SETFL, syscalls.fcntl(this.theirs, F_GETFL, 0) & ~O_ASYNC);
  };
}
