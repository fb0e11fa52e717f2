import type { Answer } from "./messages.ts";
import { ANSWERED, CALL, FREE, QUIT, SLOTS, Slots } from "./slots.ts";

/** The caller's end of the slots. */
export class CallRing {
  private readonly slots = new Slots();
  /** Slots filled so far. */
  private filled = 0;
  /** Answers taken so far. */
  private taken = 0;

  get memory(): SharedArrayBuffer {
    return this.slots.memory;
  }

  /** Whether all answers were taken. */
  get isEmpty(): boolean {
    return this.filled === this.taken;
  }

  /** Adds a call, if there is room and the arguments go by the slots. */
  append(functionId: number, args: readonly unknown[]): boolean {
    const { slots, filled } = this;
    if (filled - this.taken === SLOTS || !slots.write(filled, args)) return false;
    slots.setFunction(filled, functionId);
    this.fill(CALL);
    return true;
  }

  /** Adds a call that goes by the port. There is room if it is empty. */
  appendElsewhere(): void {
    this.slots.writeElsewhere(this.filled);
    this.fill(CALL);
  }

  /** Has the thread end when it comes here. */
  appendQuit(): void {
    this.fill(QUIT);
  }

  /** Takes the last call back, unless it is begun. */
  recall(): boolean {
    if (this.isEmpty || !this.slots.claim(this.filled - 1, FREE)) return false;
    this.filled--;
    return true;
  }

  /** @param index of a call, counted from the first whose answer is not taken */
  hasBegun(index: number): boolean {
    return this.slots.stateOf(this.taken + index) !== CALL;
  }

  /** Whether there is an answer, be it that it goes by the port. */
  get isAnswered(): boolean {
    return this.slots.stateOf(this.taken) === ANSWERED;
  }

  /** Whether a slot is the first whose answer is not taken. */
  isFirst(slot: number): boolean {
    return slot === this.taken;
  }

  get isElsewhere(): boolean {
    return this.slots.isElsewhere(this.taken);
  }

  take(): Answer {
    const answer = this.slots.read(this.taken) as unknown as Answer;
    this.pass();
    return answer;
  }

  /** An answer came elsewhere. */
  pass(): void {
    this.slots.setState(this.taken++, FREE);
  }

  private fill(state: number): void {
    this.slots.setState(this.filled++, state);
  }
}
