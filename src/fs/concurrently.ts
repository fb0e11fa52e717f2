import type { Coroutine, Operation } from "../task/index.ts";
import { checkWhole, outOfRange } from "./errors.ts";
import { Started, stopAll } from "./started.ts";

/** How many are worked on at once. */
export interface ManyOptions {
  /** 1 or more. Default 64. */
  readonly concurrency?: number;
}

/**
 * Does the same with each item, several at once, in order. A failure ends the others, and waits for their end.
 *
 * @returns the results in the order of the items
 */
export function* concurrently<I, R>(
  items: readonly I[],
  concurrency: number,
  start: (item: I) => Operation<R>,
): Coroutine<R[]> {
  const results: R[] = [];
  const running: Started<R>[] = [];
  try {
    for (const item of items) {
      if (running.length - results.length >= concurrency)
        results.push(yield* running[results.length]!.join());
      running.push(new Started(start(item)));
    }
    while (results.length < running.length) results.push(yield* running[results.length]!.join());
    return results;
  } finally {
    yield* stopAll(running.slice(results.length));
  }
}

/** @throws ERR_OUT_OF_RANGE */
export function checkConcurrency(concurrency: number): number {
  if (checkWhole(concurrency, "concurrency") > 0) return concurrency;
  throw outOfRange("concurrency must be 1 or more");
}
