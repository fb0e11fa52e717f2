import type { Operation } from "../task/index.ts";

interface Items<T> {
  next(): Operation<IteratorResult<T, void>>;
  close(): Operation<void>;
}

/** For `for await`: what is left before its end is closed. */
export function iterate<T>(items: Items<T>): AsyncIterator<T, void, undefined> {
  return {
    next: () => Promise.resolve(items.next()),
    return: async () => {
      await items.close();
      return { done: true, value: undefined };
    },
  };
}
