import { Future } from "./future.ts";
import type { WorkerFunction } from "./worker-module.ts";

/** A function of a worker, whatever its types. */
export type AnyFunction = WorkerFunction<readonly never[], unknown>;

/** Who makes calls, as a call sees it. */
export interface CallOwner {
  /** Blocks the thread until the call is done or the time is up. */
  blockFor(call: Call, timeoutMs: number): void;
  /** Ends a call that runs, with its worker. @returns false if it has just ended by itself */
  interrupt(call: Call): boolean;
  /** A call was cancelled while it waited. */
  forget(call: Call): void;
}

/** Who was sent a call, and may be behind with others, as a call sees it. */
export interface CallHolder {
  hasBegun(call: Call): boolean;
  /** Takes it back to be cancelled. @returns false if it has begun */
  withdraw(call: Call): boolean;
}

let submitted = 0;

/** A call that was submitted: the future, and all that a worker needs for it. */
export class Call<T = unknown> extends Future<T> {
  readonly fn: AnyFunction;
  readonly args: readonly unknown[];
  /** Whether it is a call for each of the arguments, which are tuples. */
  readonly isChunk: boolean;
  /** Calls have ascending numbers. */
  readonly number = ++submitted;
  /** The worker that was sent it ahead of its turn. Whether that has begun is not known without asking. */
  holder: CallHolder | null = null;
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

  override get running(): boolean {
    if (this.holder?.hasBegun(this as Call)) this.notice();
    return super.running;
  }

  /** It has begun. */
  notice(): void {
    this.holder = null;
    this.setRunningOrNotifyCancel();
  }

  protected override interrupt(): boolean {
    return this.owner.interrupt(this as Call);
  }

  protected override withdraw(): boolean {
    if (this.holder) return this.holder.withdraw(this as Call);
    if (this.isQueued) this.owner.forget(this as Call);
    return true;
  }

  protected override block(timeoutMs: number): void {
    this.owner.blockFor(this as Call, timeoutMs);
  }
}
