import { Operation } from "../task/index.ts";
import { checkCapacity, invalidValue } from "./arguments.ts";
import { Deque } from "./deque.ts";
import { SubscriptionFullError } from "./errors.ts";
import { type Failure, Outlet, type Receiver } from "./outlet.ts";

/**
 * What happens to a value for which a subscriber that is slow has no room: the send waits; or the value that has waited
 * longest is dropped; or the subscription ends with ERR_SUBSCRIPTION_FULL after what waits in it.
 */
export type WhenFull = "wait" | "drop-oldest" | "fail";

const ways: readonly WhenFull[] = ["wait", "drop-oldest", "fail"];

/** How a subscription behaves. */
export interface SubscriptionOptions {
  /** Values that may wait for this subscriber: 1 or more. Default: 1. */
  readonly capacity?: number;
  /** What happens to a value when as many wait. Default: `wait`, where the slowest subscriber sets the pace for all. */
  readonly whenFull?: WhenFull;
}

/** The broadcast that a subscription belongs to. */
interface Station<T> {
  /** The subscription holds up sends, or no longer does. */
  fullnessChanged(subscription: Subscription<T>): void;
  leave(subscription: Subscription<T>): void;
}

/** For loops that are left: the subscription ends. */
class LeaveOperation extends Operation<void> {
  private readonly subscription: Subscription<unknown>;

  constructor(subscription: Subscription<unknown>) {
    super();
    this.subscription = subscription;
  }

  protected override begin(): void {
    this.subscription.close();
    this.succeed();
  }

  protected override end(): void {
    // It never waits.
  }
}

/** What one subscriber of a broadcast gets: every value from its subscription on. */
export class Subscription<T> extends Outlet<T> implements Disposable {
  readonly capacity: number;
  readonly whenFull: WhenFull;
  private readonly station: Station<T>;
  private droppedCount = 0;
  private full = false;

  /** @internal Subscriptions come from `subscribe()`. */
  constructor(station: Station<T>, { capacity = 1, whenFull = "wait" }: SubscriptionOptions) {
    super(new Deque());
    this.capacity = checkCapacity(capacity, 1);
    if (!ways.includes(whenFull)) throw invalidValue("whenFull", ways, whenFull);
    this.whenFull = whenFull;
    this.station = station;
  }

  /** Values that this subscriber has lost because it was slow: those dropped, and with `fail` the one that ended it. */
  get dropped(): number {
    return this.droppedCount;
  }

  /** Ends the subscription; what waits in it is dropped. Also by `using`: one that is forgotten can hold up all others. */
  close(): void {
    this.endIntake(null);
    while (this.store.length > 0) this.store.shift();
    this.station.leave(this);
    this.updateFullness();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** For loops over it that are left before its end: it has one subscriber, so it is closed. */
  return(): Operation<void> {
    return new LeaveOperation(this as Subscription<unknown>);
  }

  override [Symbol.asyncIterator](): AsyncIterator<T, void, undefined> {
    const leave = async (): Promise<IteratorResult<T, void>> => {
      this.close();
      return { done: true, value: undefined };
    };
    return { ...super[Symbol.asyncIterator](), return: leave };
  }

  /** @internal Whether sends have to wait for it. */
  get isFull(): boolean {
    return this.full;
  }

  /** @internal */
  offer(value: T): void {
    if (this.closed) return;
    const receiver = this.receivers.shift();
    if (receiver) receiver.deliver(value);
    else if (this.store.length < this.capacity) this.store.push(value);
    else this.overflow(value);
    this.updateFullness();
  }

  /** @internal The broadcast has ended. */
  finish(failure: Failure | null): void {
    this.endIntake(failure);
  }

  /** @internal */
  override unreceive(value: T): void {
    super.unreceive(value);
    this.updateFullness();
  }

  protected override get hasNext(): boolean {
    return this.store.length > 0;
  }

  protected override take(receiver: Receiver<T, unknown> | null): T {
    const value = this.store.shift() as T;
    if (receiver !== null) receiver.deliver(value);
    this.updateFullness();
    return value;
  }

  private overflow(value: T): void {
    this.droppedCount++;
    if (this.whenFull === "fail") {
      this.endIntake({ error: new SubscriptionFullError(this.capacity) });
      this.station.leave(this);
      return;
    }
    this.store.shift();
    this.store.push(value);
  }

  private updateFullness(): void {
    const full = this.whenFull === "wait" && !this.closed && this.store.length >= this.capacity;
    if (full === this.full) return;
    this.full = full;
    this.station.fullnessChanged(this);
  }
}
