import type { Operation } from "../task/index.ts";
import { ChannelClosedError } from "./errors.ts";
import { QueuedOperation, WaitQueue } from "./wait-queue.ts";

/** Where values wait to be received. */
export interface Store<T> {
  readonly length: number;
  /** Adds a value that was sent. */
  push(value: T): void;
  /** Takes back a value that was the next. */
  unshift(value: T): void;
  /** Takes the next; undefined if there is none. */
  shift(): T | undefined;
}

/** What waits for a value. */
export abstract class Receiver<T, R> extends QueuedOperation<R> {
  protected readonly outlet: Outlet<T>;

  constructor(outlet: Outlet<T>) {
    super();
    this.outlet = outlet;
  }

  abstract deliver(value: T): void;

  /** There will be no value. @param failure null for an orderly end */
  abstract finish(failure: Failure | null): void;

  protected override begin(): void {
    this.outlet.beginReceive(this);
  }

  protected override end(): void {
    this.outlet.leaveReceive(this);
    this.giveUp();
  }
}

class ReceiveOperation<T> extends Receiver<T, T> {
  deliver(value: T): void {
    this.succeed(value);
  }

  finish(failure: Failure | null): void {
    this.fail(failure ? failure.error : new ChannelClosedError());
  }

  protected override giveBack(value: T): void {
    this.outlet.unreceive(value);
  }
}

class NextOperation<T> extends Receiver<T, IteratorResult<T, void>> {
  deliver(value: T): void {
    this.succeed({ done: false, value });
  }

  finish(failure: Failure | null): void {
    if (failure) this.fail(failure.error);
    else this.succeed({ done: true, value: undefined });
  }

  protected override giveBack(result: IteratorResult<T, void>): void {
    if (!result.done) this.outlet.unreceive(result.value);
  }
}

/** Why there is no further value, where that is no orderly end. */
export interface Failure {
  readonly error: unknown;
}

/** Where values come out, first come, first served: the receiving side of channels, queues and subscriptions. */
export abstract class Outlet<T> implements AsyncIterable<T, void, undefined> {
  /** Values that nobody has received. */
  protected readonly store: Store<T>;
  protected readonly receivers = new WaitQueue<Receiver<T, unknown>>();
  protected closed = false;
  protected failure: Failure | null = null;

  protected constructor(store: Store<T>) {
    this.store = store;
  }

  /** Values that wait to be received. */
  get size(): number {
    return this.store.length;
  }

  /** Whether nothing more is taken in. What waits can still be received. */
  get isClosed(): boolean {
    return this.closed;
  }

  /**
   * Waits for the next value and takes it. One that was handed to a task which is cancelled before it goes on is not lost:
   * the next who receives gets it.
   *
   * @throws ERR_CHANNEL_CLOSED once it is closed and everything was received; or what it has failed with
   */
  receive(): Operation<T> {
    return new ReceiveOperation(this);
  }

  /** As {@link receive}, for loops: after the last value comes `{ done: true }`. */
  next(): Operation<IteratorResult<T, void>> {
    return new NextOperation(this);
  }

  /**
   * Takes the next value if there is one.
   *
   * @returns undefined if one would have to wait for it
   * @throws as {@link receive}
   */
  tryReceive(): T | undefined {
    if (this.hasNext) return this.take(null);
    if (!this.closed) return undefined;
    throw this.failure ? this.failure.error : new ChannelClosedError();
  }

  /**
   * For `for await`. Leaving the loop early closes nothing, for others may receive here too.
   */
  [Symbol.asyncIterator](): AsyncIterator<T, void, undefined> {
    return { next: () => Promise.resolve(this.next()) };
  }

  /** @internal */
  beginReceive(receiver: Receiver<T, unknown>): void {
    if (this.hasNext) this.take(receiver);
    else if (this.closed) receiver.finish(this.failure);
    else this.receivers.push(receiver);
  }

  /** @internal */
  leaveReceive(receiver: Receiver<T, unknown>): void {
    this.receivers.remove(receiver);
  }

  /** @internal Takes back a value whose receiver was cancelled. */
  unreceive(value: T): void {
    const receiver = this.receivers.shift();
    if (receiver) receiver.deliver(value);
    else this.store.unshift(value);
  }

  /** Whether a value can be taken at once. */
  protected abstract get hasNext(): boolean;

  /** Takes the next value, of which there is one, and delivers it before anybody else is told of anything. */
  protected abstract take(receiver: Receiver<T, unknown> | null): T;

  /** Takes nothing more in, and tells those who wait for a value. @returns false if that has happened before */
  protected endIntake(failure: Failure | null): boolean {
    if (this.closed) return false;
    this.closed = true;
    this.failure = failure;
    for (const receiver of this.receivers.drain()) receiver.finish(failure);
    return true;
  }
}
