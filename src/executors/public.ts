/**
 * Futures, and calls in threads and processes: Python's `concurrent.futures`.
 *
 * @module pentio/executors
 */
export { AsyncResult, type ResultCallbacks } from "./async-result.ts";
export { registerError } from "./error-codec.ts";
export { BrokenExecutor, InvalidStateError, QueueFullError } from "./errors.ts";
export type { Executor, MapInputs, MapOptions, ShutdownOptions } from "./executor.ts";
export type { ExecutorOptions } from "./executor-options.ts";
export { type CancelOptions, Future } from "./future.ts";
export {
  type AsCompletedOptions,
  asCompleted,
  type ReturnWhen,
  type WaitOptions,
  type WaitResult,
  wait,
} from "./futures.ts";
export { type ChunkOptions, Pool, type PoolOptions } from "./pool.ts";
export { ProcessPoolExecutor } from "./process-pool-executor.ts";
export { ThreadPoolExecutor } from "./thread-pool-executor.ts";
export { transfer } from "./transfer.ts";
export {
  type CallOptions,
  WorkerFunction,
  type WorkerModule,
  type WorkerModuleOptions,
  workerModule,
} from "./worker-module.ts";
