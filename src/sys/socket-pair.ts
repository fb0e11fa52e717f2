import { AF_UNIX, SOCK_CLOEXEC, SOCK_STREAM } from "./constants.ts";
import { systemError } from "./errno.ts";
import { addressOf } from "./ffi.ts";
import { socketpair } from "./syscalls.ts";

/**
 * Two connected Unix stream sockets, which programs that are started do not inherit.
 *
 * @param flags more SOCK_ flags, for both
 * @throws EMFILE and what else socketpair(2) says
 */
export function streamSocketPair(flags = 0): [number, number] {
  const pair = new Int32Array(Buffer.allocUnsafeSlow(8).buffer);
  const result = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0, addressOf(pair));
  if (result < 0) throw systemError(result, "socketpair");
  return [pair[0]!, pair[1]!];
}
