import { existsSync } from "node:fs";
import type { Loop } from "../loop/index.ts";
import { addressOf, syscalls } from "../sys/index.ts";
import { invalidState } from "./errors.ts";
import { type Peer, type Peers, peersOf } from "./peers.ts";
import { WeakCache } from "./weak-cache.ts";

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
const LINE = 4;
const COOKIE_LOW = 5;
const COOKIE_HIGH = 6;
/** Which party it is, for records are used again: {@link GENERATION} when it joined. */
const ID = 7;

/** Words that parties take; what is shared may follow. */
export const PARTY_WORDS = RECORDS + PARTIES_MAX * RECORD_WORDS;

/** A thread that ends while it has locked the memory tells nobody, so those who sleep look so often. */
const LOOK_MS = 50;

/** Something here that waits for what other threads do. */
export interface Waiter {
  readonly wants: number;
}

/**
 * The threads that share a piece of memory: who they are, who of them waits for what, and a lock that each holds for the
 * time of a few stores. What is done under it is right after each store, so that the lock of a thread that has ended
 * amid can be taken over.
 *
 * A thread has one record in a memory, until it ends, and all that it opens there share it: {@link partiesOf}.
 */
export class SharedParties {
  /** Whose record is ours. */
  index = -1;
  readonly peers: Peers;
  private readonly words: Int32Array;
  private readonly thread = syscalls.gettid();
  /** As they were found, by record, and for which {@link ID}. */
  private readonly knownPeers: (Peer | null)[] = new Array(PARTIES_MAX).fill(null);
  private readonly peerIds = new Int32Array(PARTIES_MAX);
  private seenGeneration = -1;
  private seenLosses = -1;
  private readonly waiters = new Set<Waiter>();

  constructor(words: Int32Array, peers: Peers) {
    this.words = words;
    this.peers = peers;
  }

  /** Takes part, in these roles too. @throws ERR_INVALID_STATE if 64 threads share it already */
  join(roles: number): void {
    this.lock();
    if (this.index < 0) this.index = this.ownRecord();
    this.strikeOff();
    const had = this.index < 0 ? 0 : this.words[this.recordOf(this.index) + ROLES]!;
    if (this.index < 0) this.index = this.makeRecord();
    if (this.index >= 0) {
      this.words[this.recordOf(this.index) + ROLES] = had | roles;
      this.words[LOST]! &= ~roles;
    }
    this.unlock();
    if (this.index < 0) {
      throw invalidState(`${PARTIES_MAX} threads share this already: use several, or share it with fewer`);
    }
    // Those who wait may know nobody in this role yet: from now on they are told when this thread ends.
    if ((roles & ~had) !== 0) this.ringEverybody();
  }

  /** Notes who waits here, as long as it does. */
  enter(waiter: Waiter): void {
    this.waiters.add(waiter);
  }

  leave(waiter: Waiter): void {
    this.waiters.delete(waiter);
  }

  /** What is waited for here, but for what one waits for. */
  wantsBut(one: Waiter | null): number {
    let wants = 0;
    for (const waiter of this.waiters) if (waiter !== one) wants |= waiter.wants;
    return wants;
  }

  lock(): void {
    if (Atomics.compareExchange(this.words, LOCK, 0, this.thread) !== 0) this.lockSlowly();
  }

  unlock(): void {
    if ((Atomics.exchange(this.words, LOCK, 0) & CONTENDED) !== 0) Atomics.notify(this.words, LOCK, 1);
  }

  /** Notes, under the lock, that we are to be rung. */
  want(what: number): void {
    Atomics.or(this.words, WANTED, what);
    this.words[this.recordOf(this.index) + WANTS]! |= what;
  }

  /** Takes {@link want} back, under the lock. @returns false if we are being rung for it */
  unwant(what: number): boolean {
    const at = this.recordOf(this.index) + WANTS;
    const wants = this.words[at]!;
    this.words[at] = wants & ~what;
    return (wants & what) !== 0;
  }

  /** Whether somebody may want it. Asked without the lock, it says what is so after our last atomic store, or later. */
  isWanted(what: number): boolean {
    return (Atomics.load(this.words, WANTED) & what) !== 0;
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
    if (index === this.index) this.peers.ringOwn();
    else if (index >= 0) this.peerOf(index)?.ring();
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
    if (generation === this.seenGeneration && this.peers.losses === this.seenLosses) return;
    this.seenGeneration = generation;
    this.seenLosses = this.peers.losses;
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

  /** @returns -1 if there is no room */
  private makeRecord(): number {
    const { words } = this;
    const index = this.freeRecord();
    if (index < 0) return -1;
    const at = this.recordOf(index);
    const { bell, line } = this.peers.address;
    words[at + ROLES] = 0;
    words[at + WANTS] = 0;
    words[at + BELL] = bell;
    words[at + LINE] = line.fd;
    words[at + COOKIE_LOW] = Number(BigInt.asIntN(32, line.cookie));
    words[at + COOKIE_HIGH] = Number(line.cookie >> 32n);
    words[at + ID] = words[GENERATION]! + 1;
    words[at + PRESENT] = 1;
    Atomics.add(words, GENERATION, 1);
    return index;
  }

  /** That of this thread, which may have opened the memory before and let go of it. @returns -1 if it has not */
  private ownRecord(): number {
    const { cookie } = this.peers.address.line;
    for (let index = 0; index < PARTIES_MAX; index++)
      if (this.has(index) && this.cookieOf(index) === cookie) return index;
    return -1;
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
      const peer = this.peerOf(index);
      if (peer !== null && !peer.isGone) continue;
      const at = this.recordOf(index);
      this.words[LOST]! |= this.words[at + ROLES]!;
      this.words[at + PRESENT] = 0;
    }
  }

  private peerOf(index: number): Peer | null {
    const id = this.idOf(index);
    if (this.peerIds[index] !== id) {
      this.peerIds[index] = id;
      this.knownPeers[index] = this.findPeer(index);
    }
    return this.knownPeers[index]!;
  }

  private findPeer(index: number): Peer | null {
    const { words } = this;
    const at = this.recordOf(index);
    const line = { fd: words[at + LINE]!, cookie: this.cookieOf(index) };
    return this.peers.find({ bell: words[at + BELL]!, line });
  }

  private cookieOf(index: number): bigint {
    const at = this.recordOf(index);
    return (BigInt(this.words[at + COOKIE_HIGH]!) << 32n) | BigInt(this.words[at + COOKIE_LOW]! >>> 0);
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

/** By the memory's address: each message that brings the memory to a thread brings it as another object. */
const all = new WeakMap<Peers, WeakCache<number, SharedParties>>();

/** Those who share a memory, with this thread among them. @throws ERR_INVALID_STATE if 64 threads share it already */
export function partiesOf(memory: SharedArrayBuffer, loop: Loop, roles: number): SharedParties {
  const peers = peersOf(loop);
  let known = all.get(peers);
  if (!known) {
    known = new WeakCache();
    all.set(peers, known);
  }
  const words = new Int32Array(memory);
  const address = addressOf(words);
  const parties = known.get(address) ?? known.add(address, new SharedParties(words, peers));
  parties.join(roles);
  return parties;
}
