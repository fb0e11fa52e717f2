/**
 * Calls in workers on any host, by way of Redis: futures and executors beyond one machine.
 *
 * @module pentio/distributed
 */
export { workerCommand } from "./command.ts";
export { DistributedExecutor } from "./distributed-executor.ts";
export type { DistributedOptions } from "./distributed-options.ts";
