import type { Stream } from "../stream/index.ts";
import { type Condition, Event } from "../sync/index.ts";
import { type Coroutine, type Operation, scope } from "../task/index.ts";
import type { AnyFunction, Call } from "./call.ts";
import { QueueFullError } from "./errors.ts";
import type { Executor, MapInputs, MapOptions, ShutdownOptions } from "./executor.ts";
import type { Future } from "./future.ts";
import { mapAhead, zip } from "./map-ahead.ts";
import { checkFunction, type WorkerFunction } from "./worker-module.ts";

/** What an executor gives its calls to. */
export interface CallTaker {
  /** There may be room in the queue. */
  readonly roomCame: Condition;
  /** All was done after {@link close}. */
  readonly end: Event;
  /**
   * Takes a call.
   *
   * @returns null if there is no room
   */
  take(fn: AnyFunction, args: readonly unknown[], isChunk: boolean): Call | null;
  /** Takes no more calls. */
  close(): void;
  cancelWaiting(): void;
}

/** What all executors do alike, whatever takes their calls. */
export abstract class BaseExecutor implements Executor {
  private readonly taker: CallTaker;
  private readonly queueCapacity: number;

  /** @internal */
  constructor(taker: CallTaker, queueCapacity: number) {
    this.taker = taker;
    this.queueCapacity = queueCapacity;
  }

  submit<A extends readonly unknown[], R>(fn: WorkerFunction<A, R>, ...args: A): Future<R> {
    const future = this.trySubmit(fn as unknown as AnyFunction, args, false);
    if (future === null) throw new QueueFullError(this.queueCapacity);
    return future as Future<R>;
  }

  enqueue<A extends readonly unknown[], R>(fn: WorkerFunction<A, R>, ...args: A): Operation<Future<R>> {
    const work = () => this.submitWithRoom(fn as unknown as AnyFunction, args) as Coroutine<Future<R>>;
    return scope(work, { name: "enqueue" });
  }

  map<A extends readonly unknown[], R>(fn: WorkerFunction<A, R>, ...inputs: MapInputs<A>): Stream<R> {
    const last: unknown = inputs.at(-1);
    const hasOptions =
      typeof (last as Partial<Iterable<unknown>> | undefined)?.[Symbol.iterator] !== "function";
    const iterables = (hasOptions ? inputs.slice(0, -1) : inputs) as Iterable<unknown>[];
    const options = hasOptions ? (last as MapOptions | undefined) : undefined;
    return mapAhead(this, fn as unknown as AnyFunction, zip(iterables), options ?? {});
  }

  shutdown({ wait = true, cancelFutures = false }: ShutdownOptions = {}): Operation<void> {
    if (cancelFutures) this.taker.cancelWaiting();
    this.taker.close();
    return (wait ? this.taker.end : NOW).wait();
  }

  /** {@link shutdown}, which `using` cannot wait for: what was submitted is made all the same. */
  [Symbol.dispose](): void {
    this.shutdown();
  }

  /** {@link shutdown}, and waits. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /** @internal @returns null if there is no room */
  trySubmit(fn: AnyFunction, args: readonly unknown[], isChunk: boolean): Future<unknown> | null {
    checkFunction(fn);
    return this.taker.take(fn, args, isChunk);
  }

  /** @internal Waits until it may be worth to try again. */
  room(): Operation<void> {
    return this.taker.roomCame.wait();
  }

  private *submitWithRoom(fn: AnyFunction, args: readonly unknown[]): Coroutine<Future<unknown>> {
    for (;;) {
      const future = this.trySubmit(fn, args, false);
      if (future !== null) return future;
      yield* this.room();
    }
  }
}

/** What is not waited for. */
const NOW = new Event();
NOW.set();
