import { ChannelClosedError } from "./errors.ts";
import type { Failure } from "./outlet.ts";
import { SendOperation } from "./send-operation.ts";
import { Subscription, type SubscriptionOptions } from "./subscription.ts";
import { WaitQueue } from "./wait-queue.ts";

/**
 * Hands every value to every subscriber, in the same order to all. A value reaches all of them at once: a send waits until
 * all subscribers that want it so (`whenFull: "wait"`, the default) have room. What is sent while nobody subscribes is lost.
 */
export class Broadcast<T> implements Disposable {
  /** Replaced, never changed, for it may be in use. */
  private subscriptions: readonly Subscription<T>[] = [];
  private readonly senders = new WaitQueue<SendOperation<T>>();
  /** Subscriptions that hold up sends. */
  private fullCount = 0;
  private spreading = false;
  private closed = false;
  private failure: Failure | null = null;

  /** How many subscribe. */
  get subscribers(): number {
    return this.subscriptions.length;
  }

  /** Whether nothing more is taken in. */
  get isClosed(): boolean {
    return this.closed;
  }

  /**
   * Begins a subscription, which gets every value that is delivered from now on; `using` ends it. That of a closed broadcast
   * has ended.
   *
   * @throws ERR_OUT_OF_RANGE for a capacity below 1, ERR_INVALID_ARG_TYPE for one that is no number, ERR_INVALID_ARG_VALUE
   *   for an unknown `whenFull`
   */
  subscribe(options: SubscriptionOptions = {}): Subscription<T> {
    const subscription = new Subscription<T>(this, options);
    if (this.closed) subscription.finish(this.failure);
    else this.subscriptions = [...this.subscriptions, subscription];
    return subscription;
  }

  /**
   * Waits until all subscribers have room, and delivers to all. Among senders it is first come, first served. One that is
   * cancelled has delivered to all or to none.
   *
   * @throws ERR_CHANNEL_CLOSED if the broadcast is closed, also while it waits
   */
  send(value: T): SendOperation<T> {
    return new SendOperation(this, value);
  }

  /**
   * Delivers if nobody has to wait for it.
   *
   * @returns false if a subscriber has no room
   * @throws ERR_CHANNEL_CLOSED
   */
  trySend(value: T): boolean {
    if (this.closed) throw this.closedError();
    if (this.mustWait) return false;
    this.spread(value);
    this.sendWaiting();
    return true;
  }

  /** Ends it: subscribers receive what they have, then the end. Senders that wait get ERR_CHANNEL_CLOSED. */
  close(): void {
    this.finish(null);
  }

  /** Closes it, and subscribers get the error in place of the end. */
  fail(error: unknown): void {
    this.finish({ error });
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  beginSend(operation: SendOperation<T>): void {
    if (this.closed) {
      operation.refuse(this.closedError());
      return;
    }
    this.senders.push(operation);
    this.sendWaiting();
  }

  /** @internal */
  leaveSend(operation: SendOperation<T>): void {
    this.senders.remove(operation);
  }

  /** @internal */
  fullnessChanged(subscription: Subscription<T>): void {
    this.fullCount += subscription.isFull ? 1 : -1;
    this.sendWaiting();
  }

  /** @internal */
  leave(subscription: Subscription<T>): void {
    this.subscriptions = this.subscriptions.filter((other) => other !== subscription);
  }

  private get mustWait(): boolean {
    return this.fullCount > 0 || this.spreading || !this.senders.isEmpty;
  }

  /** Delivers for those who wait, for as long as there is room. */
  private sendWaiting(): void {
    while (this.fullCount === 0 && !this.spreading) {
      const sender = this.senders.shift();
      if (!sender) return;
      this.spread(sender.item);
      sender.accept();
    }
  }

  /** What this wakes may send at once: that has to come after, or subscribers would see different orders. */
  private spread(value: T): void {
    this.spreading = true;
    for (const subscription of this.subscriptions) subscription.offer(value);
    this.spreading = false;
  }

  private finish(failure: Failure | null): void {
    if (this.closed) return;
    this.closed = true;
    this.failure = failure;
    for (const subscription of this.subscriptions) subscription.finish(failure);
    this.subscriptions = [];
    for (const sender of this.senders.drain()) sender.refuse(this.closedError());
  }

  private closedError(): ChannelClosedError {
    return new ChannelClosedError(
      "The broadcast is closed",
      this.failure ? { cause: this.failure.error } : undefined,
    );
  }
}
