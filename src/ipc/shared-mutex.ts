import { Lock, LockOperation, WaitQueue } from "../sync/index.ts";
import { currentLoop, type Operation } from "../task/index.ts";
import { FREE_WORDS, PARTY_WORDS, partiesOf, type SharedParties } from "./shared-parties.ts";
import { SharedWait } from "./shared-wait.ts";

/** The holder's number among the parties, negative while it was handed the mutex and has not taken it; 0 if it is free. */
const HOLDER = FREE_WORDS;

/** What is wanted, and what roles are: there is but one. */
const LOCKS = 1;

/** By what other threads find a mutex: to be passed in `workerData` or a message, and no further than this process. */
export interface SharedMutexAddress {
  /** @internal */
  readonly memory: SharedArrayBuffer;
}

/** A mutex that somebody has locked: `using lock = yield* mutex.lock()` unlocks it at the end of the block. */
export class SharedLock extends Lock {
  /**
   * Whether the thread that held it before has ended without unlocking it. What the mutex protects may be half-done then, and
   * it is for the program to mend or to give up.
   */
  readonly isAbandoned: boolean;

  /** @internal Locks come from `lock()`. */
  constructor(mutex: SharedMutex, isAbandoned: boolean) {
    super(mutex);
    this.isAbandoned = isAbandoned;
  }
}

/**
 * Lets one task at a time in, of all tasks of all threads that share it, up to 64: for what they do with a SharedArrayBuffer.
 * Who waits does not block its thread. Threads take turns, and within a thread it is first come, first served.
 *
 * When a thread ends that holds it, the next gets it and is told by {@link SharedLock.isAbandoned}.
 */
export class SharedMutex {
  /** For {@link SharedMutex.open} in another thread. */
  readonly address: SharedMutexAddress;
  private readonly words: Int32Array;
  private readonly parties: SharedParties;
  private readonly wait: SharedWait;
  /** Ours among the parties. */
  private readonly id: number;
  private readonly waiters = new WaitQueue<LockOperation<SharedLock>>();

  constructor();
  /** @internal */
  constructor(memory: SharedArrayBuffer);
  constructor(memory = new SharedArrayBuffer(PARTY_WORDS * 4)) {
    const loop = currentLoop();
    this.address = { memory };
    this.words = new Int32Array(memory);
    this.parties = partiesOf(memory, loop, LOCKS);
    this.id = this.parties.idOf(this.parties.index);
    this.wait = new SharedWait(loop, this.parties, () => this.pump());
  }

  /** The mutex that another thread has made. @throws ERR_INVALID_STATE if 64 threads share it already */
  static open(address: SharedMutexAddress): SharedMutex {
    return new SharedMutex(address.memory);
  }

  /** Whether somebody holds it, in any thread. */
  get isLocked(): boolean {
    return Atomics.load(this.words, HOLDER) !== 0;
  }

  /** Waits until nobody else holds it. */
  lock(): Operation<SharedLock> {
    return new LockOperation(this);
  }

  /** Locks it if nobody has to wait for it; null otherwise. */
  tryLock(): SharedLock | null {
    this.parties.refresh();
    return this.waiters.isEmpty ? this.acquire(0) : null;
  }

  /** @internal */
  beginLock(operation: LockOperation<SharedLock>): void {
    this.waiters.push(operation);
    this.pump();
  }

  /** @internal */
  leaveLock(operation: LockOperation<SharedLock>): void {
    this.waiters.remove(operation);
    this.pump();
  }

  /** @internal Hands it to the next thread that waits, which may be this one. */
  unlock(): void {
    const { parties } = this;
    parties.lock();
    const next = parties.pick(LOCKS);
    this.words[HOLDER] = next < 0 ? 0 : -parties.idOf(next);
    parties.unlock();
    parties.ring(next);
  }

  private pump(): void {
    const { waiters, wait } = this;
    this.parties.refresh();
    const lock = waiters.isEmpty ? null : this.acquire(LOCKS);
    const waiter = lock && waiters.shift();
    // Before it goes on, for it may unlock at once.
    if (waiter && !waiters.isEmpty) this.wantNext();
    wait.update(waiters.isEmpty ? 0 : LOCKS);
    waiter?.grant(lock!);
    // It was handed to us, and who waited has been cancelled.
    if (this.words[HOLDER] === -this.id) this.unlock();
  }

  private wantNext(): void {
    this.parties.lock();
    this.parties.want(LOCKS);
    this.parties.unlock();
  }

  /** @param want LOCKS to be rung when it is free, if it is not */
  private acquire(want: number): SharedLock | null {
    const { parties, words } = this;
    parties.lock();
    const holder = words[HOLDER]!;
    const isOurs = holder === 0 || holder === -this.id || !parties.isPresent(Math.abs(holder));
    if (isOurs) words[HOLDER] = this.id;
    else parties.want(want);
    parties.unlock();
    if (!isOurs) return null;
    return new SharedLock(this, holder > 0);
  }
}
