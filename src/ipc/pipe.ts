import { AF_UNIX, addressOf, SOCK_CLOEXEC, SOCK_STREAM, syscalls, systemError } from "../sys/index.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";

/**
 * Two connections, each the other's other end: what one sends, the other receives. Keep one, and give the other to a child
 * process or to a thread.
 *
 * @throws EMFILE and what else socketpair(2) says; ERR_OUT_OF_RANGE
 */
export function pipe<T = unknown>(options?: ConnectionOptions): [Connection<T>, Connection<T>] {
  const pair = new Int32Array(Buffer.allocUnsafeSlow(8).buffer);
  const result = syscalls.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, addressOf(pair));
  if (result < 0) throw systemError(result, "socketpair");
  return [new Connection<T>(pair[0]!, options), new Connection<T>(pair[1]!, options)];
}
