export { NEEDED_OPCODES } from "./asynchronous/index.ts";
export type { CallThreadsOptions } from "./call-threads.ts";
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
export { configureModels, type ModelOptions } from "./options.ts";
export {
  ACCEPT,
  CLOSE,
  CONNECT,
  type Continuation,
  RECEIVE,
  Request,
  type RequestKind,
  requestNames,
  SEND,
} from "./request.ts";
