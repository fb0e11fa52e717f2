/**
 * Pentio: one program, five I/O models.
 *
 * @module pentio
 */
export {
  type CallThreadsOptions,
  configureModels,
  type Model,
  type ModelChoice,
  type ModelOptions,
  type NonblockingOptions,
  onSlowMessage,
  type SlowMessage,
  type SlowMessageHandler,
  type SlowMessageOptions,
  type SourceLocation,
} from "./loop/index.ts";
export {
  type EventHandler,
  EventLoop,
  type EventLoopOptions,
  type EventOfType,
  type LoopEvent,
} from "./messages/index.ts";
export {
  type CancelledWrite,
  type ConnectOptions,
  connect,
  type ListenOptions,
  listen,
  type Server,
  type Socket,
} from "./net/index.ts";
export { each, type Source, type Stream } from "./stream/index.ts";
export type { SocketAddress, SystemError } from "./sys/index.ts";
export {
  type Body,
  CancelledError,
  type Chain,
  type Coroutine,
  Operation,
  type RunOptions,
  run,
  type SpawnOptions,
  type Suspension,
  sleep,
  spawn,
  type Task,
  type TaskState,
} from "./task/index.ts";
