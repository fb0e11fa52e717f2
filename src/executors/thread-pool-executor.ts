import type { ExecutorOptions } from "./executor-options.ts";
import { Threads } from "./thread-link.ts";
import { WorkerPoolExecutor } from "./worker-pool-executor.ts";

/**
 * Calls functions of modules in worker threads. Arguments and results are copied (structured clone) or handed over by
 * {@link transfer}; a SharedArrayBuffer is shared.
 */
export class ThreadPoolExecutor extends WorkerPoolExecutor {
  /** @throws ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE for options that are none */
  constructor(options: ExecutorOptions = {}) {
    super(options, ({ memoryLimitMb }, welcome) => new Threads(welcome, memoryLimitMb));
  }
}
