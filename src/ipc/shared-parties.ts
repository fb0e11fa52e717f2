import { existsSync } from "node:fs";
import type { Loop } from "../loop/index.ts";
import { syscalls } from "../sys/index.ts";
import { type Bell, bellOf, type RemoteBell } from "./bell.ts";
import { invalidState } from "./errors.ts";

/** What a party may do, and what it waits for. */
export const SENDS = 1;
export const RECEIVES = 2;

/** The kernel's number of the thread that has locked the memory, 0 if none has. */
const LOCK = 0;
/** Set in that number while others sleep until it is unlocked. */
const CONTENDED = 0x40000000;
/** Counts up when somebody joins. */
const GENERATION = 1;
/** Who was rung last, so that all have their turn. */
const LAST_RUNG = 2;
/** Roles of those who have ended and in which nobody has come since. */
const LOST = 3;
/** What somebody may want; it saves looking through all records. */
const WANTED = 4;
/** From here on up to the records the words mean what those who share them make of them. */
export const FREE_WORDS = 5;

/** The parties' records, after 16 words. */
const RECORDS = 16;
const RECORD_WORDS = 8;
const PARTIES_MAX = 64;
/** In a record: whether somebody has it. */
const PRESENT = 0;
const ROLES = 1;
const WANTS = 2;
const BELL = 3;
const COOKIE_LOW = 4;
const COOKIE_HIGH = 5;
/** Which party it is, for records are used again: {@link GENERATION} when it joined. */
const ID = 6;

/** Words that parties take; what is shared may follow. */
export const PARTY_WORDS = RECORDS + PARTIES_MAX * RECORD_WORDS;

/** A thread that ends while it has locked the memory tells nobody, so those who sleep look so often. */
const LOOK_MS = 50;

/**
 * The threads that share a piece of memory: who they are, who of them waits for what, and a lock that each holds for the
 * time of a few stores. What is done under it is right after each store, so that the lock of a thread that has ended
 * amid can be taken over.
 */
export class SharedParties {
  /** Whose record is ours. */
  readonly index: number;
  readonly bell: Bell;
  private readonly words: Int32Array;
  private readonly thread = syscalls.gettid();
  private seenGeneration = -1;
  private seenLosses = -1;

  /** @throws ERR_INVALID_STATE if 64 threads share it already */
  constructor(words: Int32Array, loop: Loop, roles: number) {
    this.words = words;
    this.bell = bellOf(loop);
    this.index = this.join(roles);
  }

  lock(): void {
    if (Atomics.compareExchange(this.words, LOCK, 0, this.thread) !== 0) this.lockSlowly();
  }

  unlock(): void {
    if ((Atomics.exchange(this.words, LOCK, 0) & CONTENDED) !== 0) Atomics.notify(this.words, LOCK, 1);
  }

  /** Notes, under the lock, that we are to be rung. */
  want(what: number): void {
    this.words[WANTED]! |= what;
    this.words[this.recordOf(this.index) + WANTS]! |= what;
  }

  /** Takes {@link want} back, under the lock. @returns false if we are being rung for it */
  unwant(what: number): boolean {
    const at = this.recordOf(this.index) + WANTS;
    const wants = this.words[at]!;
    this.words[at] = wants & ~what;
    return (wants & what) !== 0;
  }

  /** Picks, under the lock, who is to be rung next of those who want something, and notes that it was. @returns -1 for nobody */
  pick(what: number): number {
    const { words } = this;
    if ((words[WANTED]! & what) === 0) return -1;
    for (let i = 1; i <= PARTIES_MAX; i++) {
      const index = (words[LAST_RUNG]! + i) % PARTIES_MAX;
      const at = this.recordOf(index);
      if (words[at + PRESENT] === 0 || (words[at + WANTS]! & what) === 0) continue;
      words[at + WANTS]! &= ~what;
      words[LAST_RUNG] = index;
      return index;
    }
    words[WANTED]! &= ~what;
    return -1;
  }

  /** Picks, under the lock, all who want something. */
  pickAll(what: number): number[] {
    const picked: number[] = [];
    for (let index = this.pick(what); index >= 0; index = this.pick(what)) picked.push(index);
    return picked;
  }

  /** Rings a party, not under the lock; -1 is nobody. */
  ring(index: number): void {
    if (index === this.index) this.bell.soon();
    else if (index >= 0) this.remoteBell(index)?.ring();
  }

  /** Whether all who might have done something have ended; as long as nobody has come yet, they have not. */
  haveLost(role: number): boolean {
    return (this.words[LOST]! & role) !== 0 && !this.canAnybody(role);
  }

  /** What no other party was or will be called: a number other than 0. */
  idOf(index: number): number {
    return this.words[this.recordOf(index) + ID]!;
  }

  /** Whether a party has not ended, as far as is known here; under the lock. */
  isPresent(id: number): boolean {
    for (let index = 0; index < PARTIES_MAX; index++)
      if (this.has(index) && this.idOf(index) === id) return true;
    return false;
  }

  /** Looks who has come, and strikes off who has ended. It costs something only if that may have happened. */
  refresh(): void {
    const generation = Atomics.load(this.words, GENERATION);
    if (generation === this.seenGeneration && this.bell.losses === this.seenLosses) return;
    this.seenGeneration = generation;
    this.seenLosses = this.bell.losses;
    this.lock();
    this.strikeOff();
    this.unlock();
  }

  /** Has all who are there look {@link refresh}. */
  ringEverybody(): void {
    for (let index = 0; index < PARTIES_MAX; index++) if (this.has(index)) this.ring(index);
  }

  private has(index: number): boolean {
    return this.words[this.recordOf(index) + PRESENT] === 1;
  }

  private join(roles: number): number {
    this.lock();
    this.strikeOff();
    const index = this.freeRecord();
    if (index >= 0) {
      const at = this.recordOf(index);
      const { fd, cookie } = this.bell.address;
      this.words[at + ROLES] = roles;
      this.words[at + WANTS] = 0;
      this.words[at + BELL] = fd;
      this.words[at + COOKIE_LOW] = Number(BigInt.asIntN(32, cookie));
      this.words[at + COOKIE_HIGH] = Number(cookie >> 32n);
      this.words[LOST]! &= ~roles;
      this.words[at + ID] = this.words[GENERATION]! + 1;
      this.words[at + PRESENT] = 1;
      Atomics.add(this.words, GENERATION, 1);
    }
    this.unlock();
    if (index < 0) {
      throw invalidState(`${PARTIES_MAX} threads share this already: use several, or share it with fewer`);
    }
    return index;
  }

  private canAnybody(role: number): boolean {
    for (let index = 0; index < PARTIES_MAX; index++)
      if (this.has(index) && (this.words[this.recordOf(index) + ROLES]! & role) !== 0) return true;
    return false;
  }

  private freeRecord(): number {
    for (let index = 0; index < PARTIES_MAX; index++) if (!this.has(index)) return index;
    return -1;
  }

  private strikeOff(): void {
    for (let index = 0; index < PARTIES_MAX; index++) {
      if (!this.has(index) || index === this.index) continue;
      const other = this.remoteBell(index);
      if (other !== null && !other.isGone) continue;
      const at = this.recordOf(index);
      this.words[LOST]! |= this.words[at + ROLES]!;
      this.words[at + PRESENT] = 0;
    }
  }

  private remoteBell(index: number): RemoteBell | null {
    const { words } = this;
    const at = this.recordOf(index);
    const cookie = (BigInt(words[at + COOKIE_HIGH]!) << 32n) | BigInt(words[at + COOKIE_LOW]! >>> 0);
    return this.bell.other({ fd: words[at + BELL]!, cookie });
  }

  private recordOf(index: number): number {
    return RECORDS + index * RECORD_WORDS;
  }

  private lockSlowly(): void {
    const { words, thread } = this;
    for (;;) {
      const held = Atomics.load(words, LOCK);
      if (held === 0) {
        // Others may sleep as well, which only the word knew.
        if (Atomics.compareExchange(words, LOCK, 0, thread | CONTENDED) === 0) return;
        continue;
      }
      const contended = held | CONTENDED;
      if (held !== contended && Atomics.compareExchange(words, LOCK, held, contended) !== held) continue;
      if (Atomics.wait(words, LOCK, contended, LOOK_MS) !== "timed-out") continue;
      if (existsSync(`/proc/self/task/${held & ~CONTENDED}`)) continue;
      if (Atomics.compareExchange(words, LOCK, contended, thread | CONTENDED) === contended) return;
    }
  }
}
