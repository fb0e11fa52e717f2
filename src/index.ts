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
export { Channel, ChannelClosedError, type ChannelOptions, type SendOperation } from "./sync/index.ts";
export type { SocketAddress, SystemError } from "./sys/index.ts";
export {
  all,
  allSettled,
  any,
  type Body,
  CancelledError,
  type Chain,
  ContextVariable,
  type Coroutine,
  call,
  deadline,
  Operation,
  type ResultOf,
  type RetryOptions,
  type RunOptions,
  race,
  retry,
  run,
  runInStorage,
  type Settled,
  type SpawnOptions,
  type Suspension,
  scope,
  shield,
  sleep,
  spawn,
  type Task,
  type TaskState,
  TimeoutError,
  timeout,
  until,
  type Waitable,
  withSignal,
} from "./task/index.ts";
