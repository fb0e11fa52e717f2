import { Future } from "./future.ts";
import type { WorkerFunction } from "./worker-module.ts";

/** A function of a worker, whatever its types. */
export type AnyFunction = WorkerFunction<readonly never[], unknown>;

/** Who makes calls, as a call sees it. */
export interface CallOwner {
  /** Blocks the thread until the call is done or the time is up. */
  blockFor(call: Call, timeoutMs: number): void;
  /** Ends a call that runs, with its worker. */
  interrupt(call: Call): void;
  /** A call was cancelled while it waited. */
  forget(call: Call): void;
}

/** A call that was submitted: the future, and all that a worker needs for it. */
export class Call<T = unknown> extends Future<T> {
  readonly fn: AnyFunction;
  readonly args: readonly unknown[];
  /** Whether it is a call for each of the arguments, which are tuples. */
  readonly isChunk: boolean;
  private readonly owner: CallOwner;
  private isQueued = true;

  constructor(owner: CallOwner, fn: AnyFunction, args: readonly unknown[], isChunk: boolean) {
    super();
    this.owner = owner;
    this.fn = fn;
    this.args = args;
    this.isChunk = isChunk;
  }

  override get description(): string {
    return `${this.fn.name}()`;
  }

  /** Cancels it when it has been taken from the queue. */
  cancelUnqueued(): void {
    this.isQueued = false;
    this.cancel();
  }

  protected override interrupt(): boolean {
    this.owner.interrupt(this as Call);
    return true;
  }

  protected override withdraw(): void {
    if (this.isQueued) this.owner.forget(this as Call);
  }

  protected override block(timeoutMs: number): void {
    this.owner.blockFor(this as Call, timeoutMs);
  }
}
