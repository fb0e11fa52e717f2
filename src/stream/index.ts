/**
 * Streams: items one after the other, at the pace of whoever takes them.
 *
 * @module pentio/streams
 */
export { type BatchOptions, batch } from "./batch.ts";
export { toNodeReadable, toReadableStream } from "./bridges.ts";
export { buffer } from "./buffer.ts";
export { each } from "./each.ts";
export { filter } from "./filter.ts";
export { type IntoOptions, into } from "./into.ts";
export { map } from "./map.ts";
export { type ItemOf, merge } from "./merge.ts";
export { pipe } from "./pipe.ts";
export type { SendSink, Sink, WriteSink } from "./sinks.ts";
export type { Source, Stream } from "./stream.ts";
export { drop, take } from "./take.ts";
export { toStream } from "./to-stream.ts";
export type { Stage } from "./transformed-stream.ts";
export type { Resolved, Work } from "./work.ts";
