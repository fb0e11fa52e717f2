import type { Transferable } from "node:worker_threads";

const lists = new WeakMap<object, readonly Transferable[]>();
/** Most programs transfer nothing; then nothing is looked up. */
let isUsed = false;

const NOTHING: readonly Transferable[] = [];

/**
 * Has an argument or a result handed over between threads instead of copied: what is in the list is gone here afterwards.
 * Between processes everything is copied, and this has no effect. Functions in workers import it from
 * `pentio/executors/worker`.
 *
 * ```
 * executor.submit(tasks.sum, transfer(numbers, [numbers.buffer]));
 * ```
 *
 * @param value what contains them, as it is passed or returned
 * @returns the value
 */
export function transfer<T extends object>(value: T, list: readonly Transferable[]): T {
  isUsed = true;
  lists.set(value, list);
  return value;
}

/** What is to be handed over of these values. */
export function transfersOf(values: readonly unknown[]): readonly Transferable[] {
  if (!isUsed) return NOTHING;
  return values.flatMap((value) => (isObject(value) ? (lists.get(value) ?? []) : []));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
