import { checkCapacity, invalidType } from "./arguments.ts";
import { Channel } from "./channel.ts";
import { Heap } from "./heap.ts";

/** How a queue behaves. */
export interface QueueOptions<T> {
  /**
   * Which of two values is received first, as for Array.prototype.sort: negative for `a`, positive for `b`, 0 for the one
   * that was sent first. By priority, highest first: `(a, b) => b.priority - a.priority`. It must not throw, and the
   * order of values that wait must not change.
   */
  readonly compare: (a: T, b: T) => number;
  /** Values that may wait in the queue, 1 or more: then sends wait. Default: Infinity. */
  readonly capacity?: number;
}

/**
 * A channel whose values are received in an order of their own, and among equals in the order of sending. Only what is
 * in the queue is ordered: senders that wait for room are first come, first served.
 */
export class Queue<T> extends Channel<T> {
  /**
   * @throws ERR_INVALID_ARG_TYPE for a `compare` that is no function or a capacity that is no number, ERR_OUT_OF_RANGE for a
   *   capacity below 1
   */
  constructor({ compare, capacity = Number.POSITIVE_INFINITY }: QueueOptions<T>) {
    if (typeof compare !== "function") throw invalidType("compare", "a function", compare);
    super({ capacity: checkCapacity(capacity, 1) }, new Heap(compare));
  }
}
