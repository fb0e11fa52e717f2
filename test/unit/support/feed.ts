import type { Stream } from "../../../src/stream/index.ts";
import { CancelledError, Operation } from "../../../src/task/index.ts";

/** A stream whose items come when the test says so, and that notes what is asked of it. */
export class Feed<T> implements Stream<T> {
  /** Items that were taken. */
  taken = 0;
  /** How often it was closed. */
  closed = 0;
  /** What closing fails with. */
  closeError: Error | null = null;
  private readonly items: T[];
  private readonly waiters: FeedOperation<T>[] = [];
  private ended = false;
  private error: Error | null = null;

  constructor(...items: T[]) {
    this.items = items;
  }

  /** Waits for an item that has not come. */
  get isAwaited(): boolean {
    return this.waiters.length > 0;
  }

  push(...items: T[]): this {
    this.items.push(...items);
    return this.serve();
  }

  end(): this {
    this.ended = true;
    return this.serve();
  }

  /** Fails after the items that are there. */
  fail(error: Error): this {
    this.error = error;
    return this.serve();
  }

  next(): Operation<IteratorResult<T, void>> {
    return new FeedOperation(this);
  }

  return(): Operation<void> {
    return new CloseOperation(this);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (let item = await this.next(); !item.done; item = await this.next()) yield item.value;
  }

  add(waiter: FeedOperation<T>): void {
    this.waiters.push(waiter);
    this.serve();
  }

  remove(waiter: FeedOperation<T>): void {
    this.waiters.splice(this.waiters.indexOf(waiter), 1);
  }

  takeBack(item: T): void {
    this.taken--;
    this.items.unshift(item);
  }

  private serve(): this {
    while (this.waiters.length > 0 && (this.items.length > 0 || this.error || this.ended)) {
      const waiter = this.waiters.shift()!;
      if (this.items.length > 0) {
        this.taken++;
        waiter.give({ done: false, value: this.items.shift()! });
      } else if (this.error) waiter.refuse(this.error);
      else waiter.give({ done: true, value: undefined });
    }
    return this;
  }
}

class FeedOperation<T> extends Operation<IteratorResult<T, void>> {
  readonly #feed: Feed<T>;

  constructor(feed: Feed<T>) {
    super();
    this.#feed = feed;
  }

  give(result: IteratorResult<T, void>): void {
    this.succeed(result);
  }

  refuse(error: Error): void {
    this.fail(error);
  }

  protected override begin(): void {
    this.#feed.add(this);
  }

  protected override end(): void {
    this.#feed.remove(this);
    this.fail(new CancelledError());
  }

  protected override giveBack(result: IteratorResult<T, void>): void {
    if (!result.done) this.#feed.takeBack(result.value);
  }
}

class CloseOperation extends Operation<void> {
  readonly #feed: Feed<unknown>;

  constructor(feed: Feed<unknown>) {
    super();
    this.#feed = feed;
  }

  protected override begin(): void {
    this.#feed.closed++;
    if (this.#feed.closeError) throw this.#feed.closeError;
    this.succeed();
  }

  protected override end(): void {}
}

/** Everything that a stream gives, in an async function. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

/** Numbers from 1 on. */
export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}
