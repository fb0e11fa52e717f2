import type { Stream } from "../stream/index.ts";
import { Event } from "../sync/index.ts";
import { type Coroutine, type Operation, scope } from "../task/index.ts";
import type { AnyFunction } from "./call.ts";
import { Crew } from "./crew.ts";
import { QueueFullError } from "./errors.ts";
import type { Executor, MapInputs, MapOptions, ShutdownOptions } from "./executor.ts";
import { checkOptions, type ExecutorOptions, type ExecutorSettings } from "./executor-options.ts";
import type { Future } from "./future.ts";
import { mapAhead, zip } from "./map-ahead.ts";
import type { Welcome } from "./messages.ts";
import type { LinkMaker } from "./worker-link.ts";
import { checkFunction, type WorkerFunction } from "./worker-module.ts";

/** What executors on threads and on processes have in common. */
export abstract class WorkerPoolExecutor implements Executor {
  private readonly settings: ExecutorSettings;
  private readonly crew: Crew;

  /** @internal */
  constructor(
    options: ExecutorOptions,
    linksFor: (settings: ExecutorSettings, welcome: Welcome) => LinkMaker,
  ) {
    this.settings = checkOptions(options);
    const { initializer, initializerArgs } = this.settings;
    const place = initializer?.place;
    const welcome: Welcome = {
      initializer: place ? [place.id, initializerArgs, false, place.module, place.name] : null,
    };
    this.crew = new Crew(this.settings, linksFor(this.settings, welcome));
  }

  /** Workers that there are at most. */
  get maxWorkers(): number {
    return this.settings.maxWorkers;
  }

  /** Workers that there are at the moment. */
  get size(): number {
    return this.crew.size;
  }

  /** Calls that wait for a worker. */
  get queueSize(): number {
    return this.crew.waiting;
  }

  submit<A extends readonly unknown[], R>(fn: WorkerFunction<A, R>, ...args: A): Future<R> {
    const future = this.trySubmit(fn as unknown as AnyFunction, args, false);
    if (future === null) throw new QueueFullError(this.settings.queueCapacity);
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
    if (cancelFutures) this.crew.cancelWaiting();
    this.crew.close();
    return (wait ? this.crew.end : NOW).wait();
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
    return this.crew.take(fn, args, isChunk);
  }

  /** @internal Waits until it may be worth to try again. */
  room(): Operation<void> {
    return this.crew.roomCame.wait();
  }

  /** @internal Cancels what waits and what runs, and ends the workers at once. */
  terminate(): void {
    this.crew.cancelWaiting();
    this.crew.close();
    this.crew.terminate();
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
