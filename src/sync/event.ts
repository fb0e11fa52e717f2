import type { Operation } from "../task/index.ts";
import { QueuedOperation, WaitQueue } from "./wait-queue.ts";

class EventOperation extends QueuedOperation<void> {
  private readonly event: Event;

  constructor(event: Event) {
    super();
    this.event = event;
  }

  tell(): void {
    this.succeed();
  }

  protected override begin(): void {
    this.event.beginWait(this);
  }

  protected override end(): void {
    this.event.leaveWait(this);
    this.giveUp();
  }
}

/** Something that has happened, or has not yet: any number can wait for it. */
export class Event {
  private happened = false;
  private readonly waiters = new WaitQueue<EventOperation>();

  get isSet(): boolean {
    return this.happened;
  }

  /** It has happened: all who wait go on, and who waits later does so at once. */
  set(): void {
    this.happened = true;
    for (const waiter of this.waiters.drain()) waiter.tell();
  }

  /** It has not happened: who waits from now on waits for the next {@link set}. Those whom the last one woke still go on. */
  clear(): void {
    this.happened = false;
  }

  /** Waits until it has happened. */
  wait(): Operation<void> {
    return new EventOperation(this);
  }

  /** @internal */
  beginWait(operation: EventOperation): void {
    if (this.happened) operation.tell();
    else this.waiters.push(operation);
  }

  /** @internal */
  leaveWait(operation: EventOperation): void {
    this.waiters.remove(operation);
  }
}
