import { SO_TYPE, SOL_SOCKET } from "./constants.ts";
import { addressOf } from "./ffi.ts";
import { getsockopt } from "./syscalls.ts";

/** The option's value and its length, for the call below, which does not keep them. */
const words = new Int32Array(Buffer.allocUnsafeSlow(8).buffer);
const wordsAddress = addressOf(words);

/** SO_TYPE: SOCK_STREAM and the like, by one system call. @returns -errno for what is no socket */
export function socketType(fd: number): number {
  words[1] = 4;
  const result = getsockopt(fd, SOL_SOCKET, SO_TYPE, wordsAddress, wordsAddress + 4);
  return result < 0 ? result : words[0]!;
}
