import { checkCapacity } from "./arguments.ts";
import { Deque } from "./deque.ts";
import { ChannelClosedError } from "./errors.ts";
import { type Failure, Outlet, type Receiver, type Store } from "./outlet.ts";
import { SendOperation } from "./send-operation.ts";
import { WaitQueue } from "./wait-queue.ts";

/** How a channel behaves. */
export interface ChannelOptions {
  /**
   * Values that may wait in the channel: a whole number, or Infinity. Default: 0, a rendezvous, where each send waits for
   * its receiver.
   */
  readonly capacity?: number;
}

/**
 * Hands values from tasks that send to tasks that receive, as many of either as there are: each value to one receiver,
 * first come, first served on both sides. Whoever waits is handed the value directly, or relieved of it.
 *
 * Who waits in a channel does not keep the process alive: if nothing else is left to happen, nobody could ever wake them.
 */
export class Channel<T> extends Outlet<T> implements Disposable {
  /** Values that may wait in it. */
  readonly capacity: number;
  private readonly senders = new WaitQueue<SendOperation<T>>();

  /**
   * @param store for subclasses: where values wait; by default in the order of sending
   * @throws ERR_OUT_OF_RANGE for a capacity that is negative or no whole number, ERR_INVALID_ARG_TYPE for what is no number
   */
  constructor({ capacity = 0 }: ChannelOptions = {}, store: Store<T> = new Deque()) {
    super(store);
    this.capacity = checkCapacity(capacity, 0);
  }

  /**
   * Waits until the value is handed over: to a receiver, or to the room in the channel. A send that is cancelled has been
   * delivered or will never be, see {@link SendOperation.isDelivered}.
   *
   * @throws ERR_CHANNEL_CLOSED if the channel is closed, also while it waits; the value is not delivered then
   */
  send(value: T): SendOperation<T> {
    return new SendOperation(this, value);
  }

  /**
   * Sends if nobody has to wait for it.
   *
   * @returns false if there is no room and no receiver waits
   * @throws ERR_CHANNEL_CLOSED
   */
  trySend(value: T): boolean {
    if (this.closed) throw this.closedError();
    return this.offer(value);
  }

  /**
   * Ends the sending: what is in the channel can still be received, then receivers are told the end. Senders that wait get
   * ERR_CHANNEL_CLOSED, for whoever closes may be the last receiver, and they would wait for ever.
   */
  close(): void {
    this.finish(null);
  }

  /** Closes it, and receivers get the error in place of the end: what was sent is not all that there should have been. */
  fail(error: unknown): void {
    this.finish({ error });
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  beginSend(operation: SendOperation<T>): void {
    if (this.closed) operation.refuse(this.closedError());
    else if (this.offer(operation.item)) operation.accept();
    else this.senders.push(operation);
  }

  /** @internal */
  leaveSend(operation: SendOperation<T>): void {
    this.senders.remove(operation);
  }

  protected override get hasNext(): boolean {
    return this.store.length > 0 || !this.senders.isEmpty;
  }

  protected override take(receiver: Receiver<T, unknown> | null): T {
    const { store, senders } = this;
    let value: T;
    let sender: SendOperation<T> | null;
    if (store.length === 0) {
      sender = senders.shift()!;
      value = sender.item;
    } else {
      value = store.shift() as T;
      // What receivers gave back may have filled it beyond its capacity.
      sender = store.length < this.capacity ? senders.shift() : null;
      if (sender !== null) store.push(sender.item);
    }
    if (receiver !== null) receiver.deliver(value);
    if (sender !== null) sender.accept();
    return value;
  }

  /** Hands a value to who waits for one, or to the room there is. Where senders wait, there is neither. */
  private offer(value: T): boolean {
    const receiver = this.receivers.shift();
    if (receiver) receiver.deliver(value);
    else if (this.store.length < this.capacity) this.store.push(value);
    else return false;
    return true;
  }

  private finish(failure: Failure | null): void {
    if (!this.endIntake(failure)) return;
    for (const sender of this.senders.drain()) sender.refuse(this.closedError());
  }

  private closedError(): ChannelClosedError {
    return this.failure
      ? new ChannelClosedError("The channel has failed", { cause: this.failure.error })
      : new ChannelClosedError();
  }
}
