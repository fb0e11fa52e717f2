import type { Coroutine, Operation } from "../task/index.ts";
import { failedWith } from "./errors.ts";

/** What an operation gives, or null where it fails with one of these. */
export function* orNull<T>(operation: Operation<T>, ...errnos: number[]): Coroutine<T | null> {
  try {
    return yield* operation;
  } catch (error) {
    if (failedWith(error, ...errnos)) return null;
    throw error;
  }
}
