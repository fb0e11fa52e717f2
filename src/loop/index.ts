export {
  ACCEPT,
  CALL,
  type CallThreadsOptions,
  CLOSE,
  CONNECT,
  type Continuation,
  configureModels,
  type Model,
  type ModelChoice,
  type ModelOptions,
  type NonblockingOptions,
  READ,
  RECEIVE,
  Request,
  SEND,
  type SystemCall,
  WRITE,
} from "../drivers/index.ts";
export { Handle } from "./handle.ts";
export { Loop, type LoopStatistics } from "./loop.ts";
export { canLoopsWake, loopFor } from "./loops.ts";
export { excludeFromMessage, messageTime } from "./message-clock.ts";
export { wantMicrotasks } from "./microtasks.ts";
export { storagePlaces } from "./own-context.ts";
export type { Runnable } from "./ready-queue.ts";
export {
  checkThreshold,
  type MessageKind,
  onSlowMessage,
  reportSlow,
  type SlowMessage,
  type SlowMessageHandler,
  type SlowMessageOptions,
  type SourceLocation,
  slowThresholdMs,
} from "./slow-messages.ts";
export { Timer, TimerWheel } from "./timer-wheel.ts";
