/** What is asked of the process that holds a queue. Items travel as frames, which only consumers look into. */
export const PUT = 0;
export const TRY_PUT = 1;
export const GET = 2;
export const TRY_GET = 3;
export const SIZE = 4;
export const CLOSE = 5;
/** A request is not wanted any more; its answer comes all the same. */
export const CANCEL = 6;
/** An item has arrived where it was wanted, and is the consumer's from now on. */
export const TAKEN = 7;
/** An item comes back, to be the next. */
export const RETURN = 8;

/** A request; those from {@link PUT} to {@link CLOSE} are answered under their number. */
export type QueueRequest = readonly [kind: number, id: number, item?: Buffer | undefined];

/** How a request has ended. */
export const DONE = 0;
export const CANCELLED = 1;
export const CLOSED = 2;

/** As a request's number, with {@link CLOSED}: so it will be for all that are still to come. */
export const THE_END = 0;

export type QueueAnswer = readonly [id: number, outcome: number, result?: unknown];
