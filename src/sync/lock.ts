import { QueuedOperation } from "./wait-queue.ts";

/** What a lock locks, as far as the lock needs it. */
interface Lockable {
  unlock(): void;
}

/** A mutex that somebody has locked: `using lock = yield* mutex.lock()` unlocks it at the end of the block. */
export class Lock implements Disposable {
  private mutex: Lockable | null;

  /** @internal Locks come from `lock()`. */
  constructor(mutex: Lockable) {
    this.mutex = mutex;
  }

  /** Unlocks, once: further calls have no effect. */
  release(): void {
    const { mutex } = this;
    this.mutex = null;
    mutex?.unlock();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** A mutex, as those who wait for it see it. */
interface Awaited<L extends Lock> {
  beginLock(operation: LockOperation<L>): void;
  leaveLock(operation: LockOperation<L>): void;
}

/** Waits for a mutex to be free. */
export class LockOperation<L extends Lock> extends QueuedOperation<L> {
  private readonly mutex: Awaited<L>;

  constructor(mutex: Awaited<L>) {
    super();
    this.mutex = mutex;
  }

  override get description(): string {
    return "lock";
  }

  grant(lock: L): void {
    this.succeed(lock);
  }

  protected override begin(): void {
    this.mutex.beginLock(this);
  }

  protected override end(): void {
    this.mutex.leaveLock(this);
    this.giveUp();
  }

  protected override giveBack(lock: L): void {
    lock.release();
  }
}
