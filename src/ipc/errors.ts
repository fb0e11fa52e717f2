/**
 * The stream of messages is cut: the other end has gone in the middle of one, or something else than a Pentio connection
 * writes there. What came before has been received. The `cause` says more.
 */
export class BrokenConnectionError extends Error {
  override readonly name = "BrokenConnectionError";
  readonly code = "ERR_CONNECTION_BROKEN";
}

/**
 * Who is waited for has ended: all threads that might have received what is sent here, or sent what is received; or the
 * process that holds the queue.
 */
export class PeerEndedError extends Error {
  override readonly name = "PeerEndedError";
  readonly code = "ERR_PEER_ENDED";
}

/** What cannot be done any more, or not yet. */
export function invalidState(message: string): Error {
  return Object.assign(new Error(message), { code: "ERR_INVALID_STATE" });
}
