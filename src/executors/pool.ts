import { type Stream, toStream } from "../stream/index.ts";
import { checkWhole } from "../sync/index.ts";
import { misuse, type Operation } from "../task/index.ts";
import { AsyncResult, type ResultCallbacks } from "./async-result.ts";
import type { AnyFunction } from "./call.ts";
import type { ExecutorOptions } from "./executor-options.ts";
import type { Future } from "./future.ts";
import { asCompleted } from "./futures.ts";
import { GatheredFuture } from "./gathered-future.ts";
import { chunk, mapAhead } from "./map-ahead.ts";
import { ProcessPoolExecutor } from "./process-pool-executor.ts";
import { ThreadPoolExecutor } from "./thread-pool-executor.ts";
import type { WorkerFunction } from "./worker-module.ts";
import type { WorkerPoolExecutor } from "./worker-pool-executor.ts";

/** What a pool is made with. */
export interface PoolOptions extends Omit<ExecutorOptions, "queueCapacity" | "minWorkers" | "idleTimeoutMs"> {
  /** What works: `"process"`, the default, or `"thread"`. */
  readonly workers?: "process" | "thread";
}

/** How inputs are shared out. */
export interface ChunkOptions {
  /** Inputs that a worker is sent at a time, 1 or more. */
  readonly chunkSize?: number;
}

/** Chunks for each worker if nobody says how large they are to be, as in Python: the last are to end at about one time. */
const CHUNKS_PER_WORKER = 4;

/**
 * Workers that share out work: of Python's `multiprocessing`. What waits gives operations, for `yield*` and `await`; what is
 * called `…Async` gives an {@link AsyncResult} at once. `using` terminates the pool, as in Python.
 */
export class Pool implements Disposable, AsyncDisposable {
  private readonly executor: WorkerPoolExecutor;
  private readonly workersMax: number;
  private state: "running" | "closed" | "terminated" = "running";

  /** @throws ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE for options that are none */
  constructor({ workers = "process", ...options }: PoolOptions = {}) {
    this.executor = workers === "thread" ? new ThreadPoolExecutor(options) : new ProcessPoolExecutor(options);
    this.workersMax = this.executor.maxWorkers;
  }

  /** Calls a function, and waits for its result. */
  apply<A extends readonly unknown[], R>(fn: WorkerFunction<A, R>, args: A): Operation<R> {
    return this.applyAsync(fn, args).get();
  }

  /** Calls a function meanwhile. */
  applyAsync<A extends readonly unknown[], R>(
    fn: WorkerFunction<A, R>,
    args: A,
    callbacks?: ResultCallbacks<R>,
  ): AsyncResult<R> {
    this.checkRunning();
    return new AsyncResult(this.executor.submit(fn, ...args), callbacks);
  }

  /**
   * Calls a function with each of the inputs, and waits for all results in the order of the inputs. The first exception takes
   * their place.
   *
   * @param options by default there are four chunks for each worker
   */
  map<I, R>(fn: WorkerFunction<[I], R>, inputs: Iterable<I>, options?: ChunkOptions): Operation<R[]> {
    return this.mapAsync(fn, inputs, options).get();
  }

  /** As {@link map}, meanwhile. */
  mapAsync<I, R>(
    fn: WorkerFunction<[I], R>,
    inputs: Iterable<I>,
    options?: ChunkOptions & ResultCallbacks<R[]>,
  ): AsyncResult<R[]> {
    return this.starmapAsync(fn, tuples(inputs), options);
  }

  /** As {@link map}, with tuples of arguments. */
  starmap<A extends readonly unknown[], R>(
    fn: WorkerFunction<A, R>,
    inputs: Iterable<A>,
    options?: ChunkOptions,
  ): Operation<R[]> {
    return this.starmapAsync(fn, inputs, options).get();
  }

  /** As {@link starmap}, meanwhile. */
  starmapAsync<A extends readonly unknown[], R>(
    fn: WorkerFunction<A, R>,
    inputs: Iterable<A>,
    options: ChunkOptions & ResultCallbacks<R[]> = {},
  ): AsyncResult<R[]> {
    this.checkRunning();
    const all = [...inputs];
    const { chunkSize = Math.ceil(all.length / (CHUNKS_PER_WORKER * this.workersMax)) || 1 } = options;
    return new AsyncResult(new GatheredFuture<R>(this.submitChunks(fn, all, chunkSize)), options);
  }

  /**
   * Calls a function with each of the inputs; a stream of the results, in order. All inputs are taken at once.
   *
   * @param options a chunk is one input by default
   */
  imap<I, R>(
    fn: WorkerFunction<[I], R>,
    inputs: Iterable<I>,
    { chunkSize = 1 }: ChunkOptions = {},
  ): Stream<R> {
    this.checkRunning();
    return mapAhead(this.executor, fn as unknown as AnyFunction, tuples(inputs), { chunkSize });
  }

  /** As {@link imap}, with the results as they come. */
  imapUnordered<I, R>(
    fn: WorkerFunction<[I], R>,
    inputs: Iterable<I>,
    { chunkSize = 1 }: ChunkOptions = {},
  ): Stream<R> {
    this.checkRunning();
    const futures = this.submitChunks<[I], R>(fn, tuples(inputs), chunkSize);
    return toStream(resultsOf(futures));
  }

  /** Takes no more work. What was taken is done. */
  close(): void {
    if (this.state !== "running") return;
    this.state = "closed";
    this.executor.shutdown();
  }

  /** Ends all workers at once, whatever they do: results that are not there yet are cancelled. */
  terminate(): void {
    this.state = "terminated";
    this.executor.terminate();
  }

  /** Waits until all workers have ended. @throws ERR_INVALID_STATE before {@link close} or {@link terminate} */
  join(): Operation<void> {
    if (this.state === "running")
      throw misuse("Pool is still running: close() or terminate() it before join()");
    return this.executor.shutdown();
  }

  [Symbol.dispose](): void {
    this.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.terminate();
    await this.join();
  }

  private submitChunks<A extends readonly unknown[], R>(
    fn: WorkerFunction<A, R>,
    inputs: Iterable<A>,
    chunkSize: number,
  ): Future<readonly R[]>[] {
    const chunks = chunk(inputs, checkWhole("chunkSize", chunkSize, 1));
    // Its queue takes any number.
    const submit = (some: readonly A[]) => this.executor.trySubmit(fn as unknown as AnyFunction, some, true)!;
    return Array.from(chunks, submit) as Future<readonly R[]>[];
  }

  private checkRunning(): void {
    if (this.state !== "running")
      throw misuse("Pool not running: it was closed or terminated, make a new one");
  }
}

function* tuples<I>(inputs: Iterable<I>): Generator<[I], void> {
  for (const input of inputs) yield [input];
}

async function* resultsOf<R>(futures: readonly Future<readonly R[]>[]): AsyncGenerator<R, void> {
  for await (const future of asCompleted(futures)) yield* await future.result();
}
