/** The channel, queue or broadcast is closed: nothing more can be sent, and nothing is left to be received. */
export class ChannelClosedError extends Error {
  override readonly name = "ChannelClosedError";
  readonly code = "ERR_CHANNEL_CLOSED";

  constructor(message = "The channel is closed", options?: ErrorOptions) {
    super(message, options);
  }
}

/** A subscription with `whenFull: "fail"` has ended because its subscriber was too slow. */
export class SubscriptionFullError extends Error {
  override readonly name = "SubscriptionFullError";
  readonly code = "ERR_SUBSCRIPTION_FULL";

  constructor(capacity: number) {
    super(
      `The subscription has ended: ${capacity} values waited in it when another was sent. Receive faster, or give it more capacity`,
    );
  }
}

/** A party of the barrier was cancelled while it waited, or the barrier was broken on purpose or reset. */
export class BrokenBarrierError extends Error {
  override readonly name = "BrokenBarrierError";
  readonly code = "ERR_BARRIER_BROKEN";
}
