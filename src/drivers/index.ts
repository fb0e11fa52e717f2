export { AIO_READS_MAX, NEEDED_OPCODES } from "./asynchronous/index.ts";
export { BLOCKING_THREADS_MAX, type CallThreadsOptions } from "./call-threads.ts";
export {
  chooseDriver,
  type ModelChoice,
  modelFromEnvironment,
  models,
  parseModel,
  probeModels,
} from "./choose.ts";
export { Completions } from "./completions.ts";
export { type Driver, type DriverStatistics, type Model, PENDING } from "./driver.ts";
export type { NonblockingOptions } from "./nonblocking/index.ts";
export { blockingThreadsMax, configureModels, type FileOptions, type ModelOptions } from "./options.ts";
export {
  ACCEPT,
  CALL,
  CLOSE,
  CONNECT,
  type Continuation,
  READ,
  RECEIVE,
  Request,
  type RequestKind,
  requestNames,
  SEND,
  WRITE,
} from "./request.ts";
export type { SystemCall } from "./system-call.ts";
