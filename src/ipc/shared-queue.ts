import type { Packed } from "../framing/index.ts";
import { FREE_WORDS, RECEIVES, SENDS, type SharedParties } from "./shared-parties.ts";
import { SharedRing } from "./shared-ring.ts";

/** Behind the ring's own words. */
const CLOSED = FREE_WORDS + 2;
/** Set if nobody but the thread that has made it may receive. */
const OWNED = FREE_WORDS + 3;

/** There is nothing to take: undefined and null are values. */
export const NOTHING = Symbol("nothing");

/** Whether the memory is a mailbox's, whose owner alone receives. */
export function isOwned(memory: SharedArrayBuffer): boolean {
  return new Int32Array(memory)[OWNED] === 1;
}

/** A ring that threads share, and who of them is rung when. */
export class SharedQueue {
  readonly ring: SharedRing;
  private readonly words: Int32Array;
  private readonly parties: SharedParties;
  private readonly isOurs: boolean;

  /** @param isOurs whether nobody else will ever receive: then receiving takes no lock */
  constructor(memory: SharedArrayBuffer, parties: SharedParties, isOurs: boolean) {
    this.ring = new SharedRing(memory);
    this.words = new Int32Array(memory);
    this.parties = parties;
    this.isOurs = isOurs;
    if (isOurs) this.words[OWNED] = 1;
  }

  get isClosed(): boolean {
    return Atomics.load(this.words, CLOSED) === 1;
  }

  /** How many values there are. */
  get count(): number {
    this.parties.lock();
    const { count } = this.ring;
    this.parties.unlock();
    return count;
  }

  /** @param want SENDS to be rung when there is room, or 0 @returns false if there is none, or it is closed */
  put(packed: Packed, want: number): boolean {
    const { parties } = this;
    parties.lock();
    const done = this.words[CLOSED] === 0 && (this.ring.put(packed) || this.putAgain(packed, want));
    const rung = done ? parties.pick(RECEIVES) : -1;
    parties.unlock();
    parties.ring(rung);
    return done;
  }

  /** Puts a value where the next is taken. @returns false if there is no room */
  putBack(packed: Packed): boolean {
    const { parties } = this;
    parties.lock();
    const done = this.ring.putBack(packed);
    const rung = done ? parties.pick(RECEIVES) : -1;
    parties.unlock();
    parties.ring(rung);
    return done;
  }

  /** Takes the next. @param want RECEIVES to be rung when there is one, or 0 */
  take(want: number): Packed | typeof NOTHING {
    const { ring, parties } = this;
    // Who puts does so under the lock, and so cannot miss that we want it.
    const locked = !this.isOurs || (want !== 0 && ring.isEmpty);
    if (locked) parties.lock();
    const isThere = !ring.isEmpty;
    if (!isThere && want !== 0) parties.want(want);
    const packed = isThere ? ring.take() : NOTHING;
    if (locked) parties.unlock();
    if (isThere && parties.isWanted(SENDS)) this.ringSenders();
    return packed;
  }

  /** Rings the next who receives, if there is something. */
  passOn(): void {
    const { parties } = this;
    parties.lock();
    const rung = this.ring.isEmpty ? -1 : parties.pick(RECEIVES);
    parties.unlock();
    parties.ring(rung);
  }

  /** Ends the putting, and rings everybody. */
  close(): void {
    this.parties.lock();
    this.words[CLOSED] = 1;
    this.parties.unlock();
    this.parties.ringEverybody();
  }

  /** An owner takes without the lock, and looks who wants room afterwards: so who wants it looks for room once more. */
  private putAgain(packed: Packed, want: number): boolean {
    if (want === 0) return false;
    this.parties.want(want);
    const done = this.ring.put(packed);
    if (done && (this.parties.wantsBut(null) & want) === 0) this.parties.unwant(want);
    return done;
  }

  /** In good time, and not for each: senders go on together. */
  private ringSenders(): void {
    const { ring, parties } = this;
    if (ring.usedBytes > ring.capacityBytes / 2) return;
    parties.lock();
    const rung = parties.pickAll(SENDS);
    parties.unlock();
    for (const index of rung) parties.ring(index);
  }
}
