export { Channel, type ChannelOptions } from "./channel.ts";
export { Deque } from "./deque.ts";
export { ChannelClosedError } from "./errors.ts";
export type { SendOperation } from "./send-operation.ts";
