/**
 * What functions in workers may need, apart from the rest, so that a worker starts fast and loads no native module.
 *
 * @module pentio/executors/worker
 */
export { progress } from "./progress.ts";
export { transfer } from "./transfer.ts";
