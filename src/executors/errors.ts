/**
 * The work's worker has ended before the work: it crashed, ran out of memory or was killed. Only that one call fails, and the
 * executor has a new worker when it needs one. Or the initializer has failed: then the executor is broken for good, and all
 * that waits and all that is submitted later fails. The `cause` says more.
 */
export class BrokenExecutor extends Error {
  override readonly name = "BrokenExecutor";
  readonly code = "ERR_BROKEN_EXECUTOR";
}

/** A future was told its outcome twice, or in a state in which it cannot have one. */
export class InvalidStateError extends Error {
  override readonly name = "InvalidStateError";
  readonly code = "ERR_INVALID_STATE";
}

/** As many calls wait as the executor's queue may hold. */
export class QueueFullError extends Error {
  override readonly name = "QueueFullError";
  readonly code = "ERR_QUEUE_FULL";

  constructor(capacity: number) {
    super(
      `${capacity} calls wait already, which is the queue's capacity. Wait for room with "yield* executor.enqueue(…)", or give the executor more queueCapacity`,
    );
  }
}

/** The executor or pool takes no more work. */
export function shutDownError(): Error {
  const error = new Error("Cannot schedule new futures after shutdown");
  return Object.assign(error, { code: "ERR_EXECUTOR_SHUTDOWN" });
}

/** The worker of a call has ended before it. */
export function brokenBy(description: string, cause: unknown): BrokenExecutor {
  const reason = cause instanceof Error ? `: ${cause.message}` : "";
  return new BrokenExecutor(`The worker that called ${description} has ended before the result${reason}`, {
    cause,
  });
}

/** The arguments of a call cannot be sent. */
export function unsendable(description: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const error = new TypeError(
    `The arguments of ${description} cannot be sent to a worker: ${reason.replace(/\.$/, "")}. Pass plain data, and no functions`,
    { cause },
  );
  return Object.assign(error, { code: "ERR_INVALID_ARG_VALUE" });
}
