export { type EventHandler, EventLoop, type EventLoopOptions, type EventOfType } from "./event-loop.ts";
export type { LoopEvent } from "./events.ts";
