import { QueuedOperation } from "./wait-queue.ts";

/** Where values go in. */
interface Inlet<T> {
  beginSend(operation: SendOperation<T>): void;
  leaveSend(operation: SendOperation<T>): void;
}

/** What `send()` waits for. */
export class SendOperation<T> extends QueuedOperation<void> {
  /** @internal */
  readonly item: T;
  /** Null once the value is delivered. */
  private inlet: Inlet<T> | null;

  /** @internal Sends come from `send()`. */
  constructor(inlet: Inlet<T>, item: T) {
    super();
    this.inlet = inlet;
    this.item = item;
  }

  override get description(): string {
    return "send";
  }

  /**
   * Whether the value has been handed over. A task that is cancelled while it sends can ask in its `finally` block: true,
   * and it was, false, and nobody will ever get it.
   */
  get isDelivered(): boolean {
    return this.inlet === null;
  }

  /** @internal */
  accept(): void {
    this.inlet = null;
    this.succeed();
  }

  /** @internal */
  refuse(error: unknown): void {
    this.fail(error);
  }

  protected override begin(): void {
    this.inlet!.beginSend(this);
  }

  protected override end(): void {
    this.inlet!.leaveSend(this);
    this.giveUp();
  }
}
