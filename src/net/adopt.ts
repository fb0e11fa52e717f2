import type { ModelChoice } from "../loop/index.ts";
import { currentLoop } from "../task/index.ts";
import { duplicate } from "./descriptor.ts";
import { Socket } from "./socket.ts";

/** How a connection is taken over. */
export interface AdoptOptions {
  /** The socket stays open for writing when the peer has ended. Default false, as in Node. */
  readonly allowHalfOpen?: boolean;
  /** The I/O model, where the task that runs does not decide it. */
  readonly model?: ModelChoice;
}

/**
 * A socket for a connection that came from elsewhere, such as one that another thread or process has accepted. It works on a
 * duplicate; the descriptor stays the caller's.
 *
 * @throws EBADF, EMFILE and what else the system says
 */
export function adopt(fd: number, { allowHalfOpen = false, model }: AdoptOptions = {}): Socket {
  const loop = currentLoop(model);
  return new Socket(loop, duplicate(fd, loop, "dup"), allowHalfOpen);
}
