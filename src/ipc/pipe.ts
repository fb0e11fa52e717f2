import { streamSocketPair, syscalls } from "../sys/index.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";

/**
 * Two connections, each the other's other end: what one sends, the other receives. Keep one, and give the other to a child
 * process or to a thread.
 *
 * @throws EMFILE and what else socketpair(2) says; ERR_OUT_OF_RANGE
 */
export function pipe<T = unknown>(options?: ConnectionOptions): [Connection<T>, Connection<T>] {
  const [one, other] = streamSocketPair();
  try {
    return [new Connection<T>(one, options), new Connection<T>(other, options)];
  } catch (error) {
    syscalls.close(one);
    syscalls.close(other);
    throw error;
  }
}
