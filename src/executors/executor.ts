import type { Stream } from "../stream/index.ts";
import type { Operation } from "../task/index.ts";
import type { Future } from "./future.ts";
import type { WorkerFunction } from "./worker-module.ts";

/** How an executor is shut down. */
export interface ShutdownOptions {
  /** Whether the operation waits until all calls are done and all workers have ended. Default: true. */
  readonly wait?: boolean;
  /** Whether calls that nobody works on yet are cancelled. Default: false, they are made. */
  readonly cancelFutures?: boolean;
}

/** How {@link Executor.map} goes. */
export interface MapOptions {
  /** Milliseconds from now until which results are waited for; then a TimeoutError is thrown. Default: Infinity. */
  readonly timeoutMs?: number;
  /** Inputs that a worker is sent at a time, 1 or more: more cost less each, and are spread less evenly. Default: 1. */
  readonly chunkSize?: number;
  /**
   * Calls that are submitted ahead of the results taken, 1 or more. Default: Infinity, as many as the executor's queue has room
   * for.
   */
  readonly bufferSize?: number;
}

/** Iterables of a function's arguments, and how it goes. */
export type MapInputs<A extends readonly unknown[]> = [
  ...inputs: { [K in keyof A]: Iterable<A[K]> },
  options?: MapOptions,
];

/** Makes calls elsewhere and gives futures of their results: of Python's `concurrent.futures`. */
export interface Executor extends Disposable, AsyncDisposable {
  /**
   * Submits a call.
   *
   * @param fn of a module: {@link workerModule}
   * @throws ERR_INVALID_ARG_TYPE for functions themselves, ERR_EXECUTOR_SHUTDOWN after {@link shutdown}, ERR_BROKEN_EXECUTOR
   *   after the initializer has failed, ERR_QUEUE_FULL if all workers work and as many calls wait as may
   */
  submit<A extends readonly unknown[], R>(fn: WorkerFunction<A, R>, ...args: A): Future<R>;

  /**
   * Waits until there is room in the queue, and submits then. To end the wait is to submit nothing.
   *
   * @throws as {@link submit}, but for ERR_QUEUE_FULL
   */
  enqueue<A extends readonly unknown[], R>(fn: WorkerFunction<A, R>, ...args: A): Operation<Future<R>>;

  /**
   * Calls a function with each of the inputs, or with those of several iterables side by side until the shortest ends. The
   * results come in the order of the inputs, and an exception where its result would be. Who leaves early cancels what has
   * not begun.
   *
   * ```
   * for await (const hash of executor.map(tasks.hash, paths)) …
   * ```
   *
   * @throws as {@link submit}, but for ERR_QUEUE_FULL: what there is no room for is submitted as results are taken;
   *   ERR_OUT_OF_RANGE for a chunk or buffer size below 1
   */
  map<A extends readonly unknown[], R>(fn: WorkerFunction<A, R>, ...inputs: MapInputs<A>): Stream<R>;

  /**
   * Takes no more calls. Those that were submitted are made, and then the workers end. This has its effect at once.
   *
   * @returns an operation that waits for the end; it may be ignored
   */
  shutdown(options?: ShutdownOptions): Operation<void>;
}
