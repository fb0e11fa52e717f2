import type { EncodedError } from "./error-codec.ts";

/** What a worker begins with. */
export interface Welcome {
  /** What to call before anything else, or null. */
  readonly initializer: CallMessage | null;
}

/**
 * One call, or with `isChunk` one for each of the arguments, which are tuples then. Where the function is stands in the first
 * call of it that a worker gets.
 */
export type CallMessage = readonly [
  functionId: number,
  args: readonly unknown[],
  isChunk: boolean,
  module?: string,
  name?: string,
];

/** The worker is to end. */
export const QUIT = null;
export type Quit = typeof QUIT;

export const READY = 0;
export const RESULT = 1;
export const FAILURE = 2;
/** The initializer has failed. */
export const UNUSABLE = 3;
/** What the function tells of how far it is; from a thread with the slot of its call. */
export const PROGRESS = 4;

/** What a worker says: one READY or UNUSABLE, then one answer to each call, after any number of PROGRESS. */
export type Answer =
  | readonly [typeof READY]
  | readonly [typeof RESULT, unknown]
  | readonly [typeof FAILURE, EncodedError]
  | readonly [typeof UNUSABLE, EncodedError]
  | readonly [typeof PROGRESS, value: unknown, slot?: number];
