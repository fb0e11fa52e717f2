const SLOT_BITS = 6;
const SLOTS = 1 << SLOT_BITS;
const LEVELS = 7;

/** Ticks that a slot spans, by level; the last entry is a round of the top level. */
const SPANS = Array.from({ length: LEVELS + 1 }, (_, level) => 2 ** (SLOT_BITS * level));
/** How far ahead a timer can stand: a full round would end in the present slot. */
const REACH = SPANS[LEVELS]! - SPANS[LEVELS - 1]!;

/** Something that happens at a time. It is the node of its list in the wheel, so setting one allocates nothing. */
export abstract class Timer {
  /** The tick at which it expires. */
  deadline = 0;
  /** Level and slot in one number, or -1 while it is not set. */
  place = -1;
  before: Timer | null = null;
  after: Timer | null = null;

  /** Called when the time has come; may set timers. */
  abstract expired(): void;
}

/**
 * A hierarchical timing wheel (Varghese and Lauck, 1987): setting and cancelling cost the same however many timers
 * there are. Each level has 64 slots, each slot spans all 64 of the level below; seven levels reach a hundred years
 * of milliseconds. A timer stands on the lowest level on which its slot is not the present one, and moves down as its
 * time comes nearer. Timers expire in the order of their deadlines, and among equals in the order in which they were
 * set.
 */
export class TimerWheel {
  /** Timers that are set. */
  size = 0;
  /** Up to this tick everything has expired. */
  private elapsed: number;
  private readonly heads: (Timer | null)[] = new Array(LEVELS * SLOTS).fill(null);
  private readonly tails: (Timer | null)[] = new Array(LEVELS * SLOTS).fill(null);
  /** Which slots have timers, 64 bits a level. */
  private readonly occupied = new Int32Array(LEVELS * 2);

  constructor(now: number) {
    this.elapsed = now;
  }

  /** Sets a timer that is not set. A deadline that has passed becomes the next tick. */
  add(timer: Timer, deadline: number): void {
    timer.deadline = Math.max(deadline, this.elapsed + 1);
    this.size++;
    this.insert(timer);
  }

  /** Cancels a timer; without effect if it is not set. */
  remove(timer: Timer): void {
    const { place } = timer;
    if (place < 0) return;
    this.size--;
    this.unlink(timer, place);
  }

  /** The tick at which {@link expire} has something to do next; Infinity if never. */
  nextDeadline(): number {
    const place = this.firstPlace();
    return place < 0 ? Number.POSITIVE_INFINITY : this.startOf(place);
  }

  /** Calls every timer whose deadline is `now` or before. */
  expire(now: number): void {
    for (let place = this.firstPlace(); place >= 0; place = this.firstPlace()) {
      const start = this.startOf(place);
      if (start > now) break;
      this.elapsed = start;
      for (let timer = this.heads[place]; timer; timer = this.heads[place]) {
        this.unlink(timer, place);
        // What moves down joins the lower slot before anything expires, so that the order of setting is kept.
        if (place >= SLOTS) {
          this.insert(timer);
        } else {
          this.size--;
          timer.expired();
        }
      }
    }
    if (now > this.elapsed) this.elapsed = now;
  }

  private insert(timer: Timer): void {
    // What lies beyond the wheel's reach waits at its rim and is looked at again when that comes round.
    const tick = Math.min(timer.deadline, this.elapsed + REACH);
    let level = 0;
    while (
      level < LEVELS - 1 &&
      Math.floor(tick / SPANS[level + 1]!) !== Math.floor(this.elapsed / SPANS[level + 1]!)
    ) {
      level++;
    }
    const slot = Math.floor(tick / SPANS[level]!) % SLOTS;
    const place = level * SLOTS + slot;
    const tail = this.tails[place]!;
    timer.place = place;
    timer.before = tail;
    timer.after = null;
    if (tail) tail.after = timer;
    else this.heads[place] = timer;
    this.tails[place] = timer;
    this.occupied[place >> 5]! |= 1 << (place & 31);
  }

  private unlink(timer: Timer, place: number): void {
    const { before, after } = timer;
    if (before) before.after = after;
    else this.heads[place] = after;
    if (after) after.before = before;
    else this.tails[place] = before;
    if (!before && !after) this.occupied[place >> 5]! &= ~(1 << (place & 31));
    timer.place = -1;
    timer.before = null;
    timer.after = null;
  }

  /** The occupied place whose time comes first: lower levels are always nearer than higher ones. */
  private firstPlace(): number {
    for (let level = 0; level < LEVELS; level++) {
      const slot = this.firstSlot(level, Math.floor(this.elapsed / SPANS[level]!) % SLOTS);
      if (slot >= 0) return level * SLOTS + slot;
    }
    return -1;
  }

  /** The first occupied slot of a level, from a slot onwards and round; -1 if there is none. */
  private firstSlot(level: number, from: number): number {
    const low = this.occupied[2 * level]!;
    const high = this.occupied[2 * level + 1]!;
    if ((low | high) === 0) return -1;
    const first = from < 32 ? lowestBit(low & (-1 << from)) : -1;
    if (first >= 0) return first;
    const second = lowestBit(from <= 32 ? high : high & (-1 << (from - 32)));
    if (second >= 0) return second + 32;
    const third = lowestBit(low);
    return third >= 0 ? third : lowestBit(high) + 32;
  }

  /** The first tick of a place. Only the top level wraps round. */
  private startOf(place: number): number {
    const level = place >> SLOT_BITS;
    const slot = place & (SLOTS - 1);
    const span = SPANS[level]!;
    const round = SPANS[level + 1]!;
    const start = Math.floor(this.elapsed / round) * round + slot * span;
    return slot < Math.floor(this.elapsed / span) % SLOTS ? start + round : start;
  }
}

function lowestBit(bits: number): number {
  return bits === 0 ? -1 : 31 - Math.clz32(bits & -bits);
}
