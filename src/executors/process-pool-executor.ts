import type { ExecutorOptions } from "./executor-options.ts";
import { Processes } from "./process-link.ts";
import { WorkerPoolExecutor } from "./worker-pool-executor.ts";

/**
 * Calls functions of modules in processes: nothing is shared, and what crashes one leaves the others alone. Arguments and
 * results are copied, by `node:v8`.
 */
export class ProcessPoolExecutor extends WorkerPoolExecutor {
  /** @throws ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE for options that are none */
  constructor(options: ExecutorOptions = {}) {
    super(options, ({ memoryLimitMb }, welcome) => new Processes(welcome, memoryLimitMb));
  }
}
