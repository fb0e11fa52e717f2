import type { Coroutine } from "../task/index.ts";

/** A sink while items are written into it. */
export interface Writer<T> {
  /** Tells of a failure that comes by itself, between writes. */
  watch?(failed: (error: unknown) => void): void;
  /** Done when the sink is ready for more. */
  write(item: T): Coroutine<unknown>;
  /** Waits until all is written. @param ends whether the sink ends with that */
  finish(ends: boolean): Coroutine<unknown>;
  /** Ends the sink before its time. */
  abort(reason: unknown): Coroutine<unknown>;
  /** Lets go of it. */
  release?(): void;
}
