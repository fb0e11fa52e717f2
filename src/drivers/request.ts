import { knownAddress, pin, type SlabPool } from "../sys/index.ts";

/** What a request asks for. */
export const ACCEPT = 0;
export const CONNECT = 1;
export const RECEIVE = 2;
export const SEND = 3;
export const CLOSE = 4;

export type RequestKind = typeof ACCEPT | typeof CONNECT | typeof RECEIVE | typeof SEND | typeof CLOSE;

/** Names for messages and statistics, by {@link RequestKind}. */
export const requestNames = ["accept", "connect", "receive", "send", "close"] as const;

/** Who is told of a request's completions. The loop calls it; drivers never do. */
export interface Continuation {
  /**
   * @param result the value (>= 0) or -errno, as the kernel says it
   * @param data what was received, on {@link RECEIVE} with a positive result
   * @param more whether further completions of this request will come
   */
  complete(request: Request, result: number, data: Buffer | null, more: boolean): void;
}

/**
 * One request to a driver, as plain data: what UNP calls an I/O operation and io_uring a request. It belongs to the
 * driver from `submit` until the completion that says there are no more; then it may be submitted again.
 *
 * | kind | goes on until | a completion's result |
 * | --- | --- | --- |
 * | ACCEPT | an error or its cancellation | the descriptor of a connection |
 * | CONNECT | it is connected | 0 |
 * | RECEIVE | the end (0), an error or its cancellation | bytes in `data` |
 * | SEND | the kernel took some bytes | how many, which may be fewer than asked |
 * | CLOSE | it is closed | 0; nothing else may be in flight on the descriptor. One that had requests is closed so, for the driver may know something of it |
 */
export class Request {
  readonly kind: RequestKind;
  readonly continuation: Continuation;
  fd: number;
  /** SEND: the bytes; CONNECT: the `struct sockaddr`. Referenced from here until completion. */
  data: Uint8Array | null = null;
  /** The driver's: where it keeps the request, or -1 while it does not have it. */
  slot = -1;
  /** The driver's: its cancellation was asked for. */
  cancelled = false;

  constructor(kind: RequestKind, fd: number, continuation: Continuation) {
    this.kind = kind;
    this.fd = fd;
    this.continuation = continuation;
  }

  /** Whether a driver has it. */
  get inFlight(): boolean {
    return this.slot >= 0;
  }
}

/** The address of a request's data; data at an unknown one is pinned first. */
export function pinnedAddress(request: Request, pool: SlabPool): number {
  const address = knownAddress(request.data!);
  if (address >= 0) return address;
  request.data = pin(request.data!, pool);
  return knownAddress(request.data);
}
