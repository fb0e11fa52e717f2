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
// In words of 4 bytes from the beginning of a slot; numbers among the values stand at multiples of 8 bytes.
const STATE = 0;
const FUNCTION = 1;
const COUNT = 2;
const VALUES = 4;

// A value is the word of its kind, a word for the length of a text, and what it needs.
const UNDEFINED = 0;
const NULL = 1;
const FALSE = 2;
const TRUE = 3;
const NUMBER = 4;
const TEXT = 5;
const HEAD_WORDS = 2;
const NUMBER_WORDS = 2;

/** One side's view of the memory. Slots are counted on and on, without end. */
export class Slots {
  readonly memory: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly numbers: Float64Array;
  private readonly text: Buffer;

  constructor(memory = new SharedArrayBuffer(SLOTS * SLOT_WORDS * 4)) {
    this.memory = memory;
    this.words = new Int32Array(memory);
    this.numbers = new Float64Array(memory);
    this.text = Buffer.from(memory);
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

  /** Writes values. @returns false if they do not fit, or are not just texts, numbers, booleans, null and undefined */
  write(slot: number, values: readonly unknown[]): boolean {
    const end = at(slot) + SLOT_WORDS;
    let next = at(slot) + VALUES;
    for (let i = 0; i < values.length; i++) {
      const words = this.writeValue(next, end - next, values[i]);
      if (words === 0) return false;
      next += words;
    }
    this.words[at(slot) + COUNT] = values.length;
    return true;
  }

  read(slot: number): unknown[] {
    const values: unknown[] = [];
    let next = at(slot) + VALUES;
    for (let left = this.words[at(slot) + COUNT]!; left > 0; left--) {
      values.push(this.readValue(next));
      next += this.wordsOf(next);
    }
    return values;
  }

  /** @returns how many words it took, 0 if it cannot be written here */
  private writeValue(index: number, room: number, value: unknown): number {
    const { words } = this;
    if (room < HEAD_WORDS + NUMBER_WORDS) return 0;
    if (value === undefined) words[index] = UNDEFINED;
    else if (value === null) words[index] = NULL;
    else if (typeof value === "boolean") words[index] = value ? TRUE : FALSE;
    else if (typeof value === "number") {
      words[index] = NUMBER;
      this.numbers[(index + HEAD_WORDS) / 2] = value;
    } else if (typeof value === "string" && HEAD_WORDS + textWords(value.length) <= room) {
      words[index] = TEXT;
      words[index + 1] = value.length;
      this.text.write(value, (index + HEAD_WORDS) * 4, "utf16le");
    } else return 0;
    return this.wordsOf(index);
  }

  private readValue(index: number): unknown {
    const kind = this.words[index];
    if (kind === UNDEFINED) return undefined;
    if (kind === NULL) return null;
    if (kind === NUMBER) return this.numbers[(index + HEAD_WORDS) / 2];
    if (kind !== TEXT) return kind === TRUE;
    const start = (index + HEAD_WORDS) * 4;
    return this.text.toString("utf16le", start, start + this.words[index + 1]! * 2);
  }

  private wordsOf(index: number): number {
    const kind = this.words[index];
    if (kind === NUMBER) return HEAD_WORDS + NUMBER_WORDS;
    return kind === TEXT ? HEAD_WORDS + textWords(this.words[index + 1]!) : HEAD_WORDS;
  }
}

/** Where a slot begins. */
function at(slot: number): number {
  return (slot & (SLOTS - 1)) * SLOT_WORDS;
}

/** Two bytes a character, up to a multiple of 8 bytes. */
function textWords(length: number): number {
  return 2 * Math.ceil(length / 4);
}
