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
export { type Lock, Mutex } from "./mutex.ts";
export { Queue, type QueueOptions } from "./queue.ts";
export { RateLimiter, type RateLimiterOptions } from "./rate-limiter.ts";
export { type Permit, Semaphore } from "./semaphore.ts";
export type { SendOperation } from "./send-operation.ts";
export type { Subscription, SubscriptionOptions, WhenFull } from "./subscription.ts";
