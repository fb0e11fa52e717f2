/** What a wait ends with when it is cancelled, and what waiting for a cancelled task gives. */
export class CancelledError extends Error {
  override readonly name = "CancelledError";
  /** The code of Node's own AbortError. */
  readonly code = "ABORT_ERR";

  constructor(message = "The task was cancelled") {
    super(message);
  }
}

/** The error of a wait that was cancelled. Its stack trace would show the loop, and cost more than many a wait. */
export function cancellation(): CancelledError {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = new CancelledError();
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}

/** The program used the library in a way that cannot work; the message says what to do instead. */
export function misuse(message: string): Error {
  return Object.assign(new TypeError(message), { code: "ERR_INVALID_STATE" });
}
