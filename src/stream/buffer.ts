import { checkWhole } from "../sync/index.ts";
import { ReadAheadStream } from "./read-ahead-stream.ts";
import type { Stage } from "./transformed-stream.ts";

/**
 * Reads ahead while the consumer is busy, beginning with its first wait.
 *
 * @param count items that may be read before they are asked for: a whole number, 1 or more
 * @throws ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE
 */
export function buffer<T>(count: number): Stage<T, T> {
  checkWhole("count", count, 1);
  return (source) => new ReadAheadStream([source], count);
}
