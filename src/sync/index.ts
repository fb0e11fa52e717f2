export {
  checkCapacity,
  checkNumber,
  checkWhole,
  invalidType,
  invalidValue,
  outOfRange,
} from "./arguments.ts";
export { Barrier } from "./barrier.ts";
export { Broadcast } from "./broadcast.ts";
export { Channel, type ChannelOptions } from "./channel.ts";
export { Condition } from "./condition.ts";
export { Deque } from "./deque.ts";
export { BrokenBarrierError, ChannelClosedError, SubscriptionFullError } from "./errors.ts";
export { Event } from "./event.ts";
export { Lock, LockOperation } from "./lock.ts";
export { Mutex } from "./mutex.ts";
export { type Failure, Outlet, type Receiver } from "./outlet.ts";
export { Queue, type QueueOptions } from "./queue.ts";
export { RateLimiter, type RateLimiterOptions } from "./rate-limiter.ts";
export { type Permit, Semaphore } from "./semaphore.ts";
export { SendOperation } from "./send-operation.ts";
export type { Subscription, SubscriptionOptions, WhenFull } from "./subscription.ts";
export { QueuedOperation, WaitQueue } from "./wait-queue.ts";
