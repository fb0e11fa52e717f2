import { frameBytes, isPlain, packedBytes, readFrame, writeFrame } from "../framing/index.ts";

/**
 * Calls on their way to a thread and back, in memory that both see: a ring of slots, each for a call and then for its answer.
 *
 * ```
 *            caller         thread          thread             caller
 *   FREE ────────────▶ CALL ───────▶ BEGUN ────────▶ ANSWERED ────────▶ FREE
 *     ▲                 │
 *     └─────────────────┘ caller, from the last one back
 * ```
 *
 * The caller fills slots one after the other, the thread begins them in this order, and the caller takes the answers in this
 * order: so each side knows by itself which slot is next. For a call that is not begun both may reach, by compare-and-exchange, and
 * one gets it. A slot's values are written before its state, with which they are the other's.
 */
export const SLOTS = 64;

export const FREE = 0;
export const CALL = 1;
export const BEGUN = 2;
export const ANSWERED = 3;
/** The thread is to end when it comes here. */
export const QUIT = 4;

/** Instead of a number of values: they go by the message port. */
const ELSEWHERE = -1;

const SLOT_WORDS = 128;
// In words of 4 bytes from the beginning of a slot.
const STATE = 0;
const FUNCTION = 1;
const COUNT = 2;
/** From here on there are frames, each on a word. */
const VALUES = 3;

/** One side's view of the memory. Slots are counted on and on, without end. */
export class Slots {
  readonly memory: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly bytes: Buffer;

  constructor(memory = new SharedArrayBuffer(SLOTS * SLOT_WORDS * 4)) {
    this.memory = memory;
    this.words = new Int32Array(memory);
    this.bytes = Buffer.from(memory);
  }

  stateOf(slot: number): number {
    return Atomics.load(this.words, at(slot) + STATE);
  }

  setState(slot: number, state: number): void {
    Atomics.store(this.words, at(slot) + STATE, state);
  }

  /** Begins a call or takes it back. @returns false if the other side was first, or there is none */
  claim(slot: number, state: typeof BEGUN | typeof FREE): boolean {
    return Atomics.compareExchange(this.words, at(slot) + STATE, CALL, state) === CALL;
  }

  functionOf(slot: number): number {
    return this.words[at(slot) + FUNCTION]!;
  }

  setFunction(slot: number, id: number): void {
    this.words[at(slot) + FUNCTION] = id;
  }

  /** Says that the slot's values go by the message port. */
  writeElsewhere(slot: number): void {
    this.words[at(slot) + COUNT] = ELSEWHERE;
  }

  isElsewhere(slot: number): boolean {
    return this.words[at(slot) + COUNT] === ELSEWHERE;
  }

  /** Writes values. @returns false if they do not fit, or are not all plain */
  write(slot: number, values: readonly unknown[]): boolean {
    const end = (at(slot) + SLOT_WORDS) * 4;
    let next = (at(slot) + VALUES) * 4;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (!isPlain(value) || next + packedBytes(value) > end) return false;
      next = wholeWords(writeFrame(value, this.bytes, next));
    }
    this.words[at(slot) + COUNT] = values.length;
    return true;
  }

  read(slot: number): unknown[] {
    const values: unknown[] = [];
    let next = at(slot) + VALUES;
    for (let left = this.words[at(slot) + COUNT]!; left > 0; left--) {
      values.push(readFrame(this.bytes, next * 4));
      next += wholeWords(frameBytes(this.words[next]!)) / 4;
    }
    return values;
  }
}

/** Where a slot begins. */
function at(slot: number): number {
  return (slot & (SLOTS - 1)) * SLOT_WORDS;
}

function wholeWords(bytes: number): number {
  return (bytes + 3) & ~3;
}
