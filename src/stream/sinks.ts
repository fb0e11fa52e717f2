import type { Writable } from "node:stream";
import { WritableStream } from "node:stream/web";
import type { Coroutine, Operation } from "../task/index.ts";
import { NodeWriter } from "./node-writer.ts";
import { WebWriter } from "./web-writer.ts";
import { resolve } from "./work.ts";
import type { Writer } from "./writer.ts";

/** What items are sent to, as a channel. */
export interface SendSink<T> {
  send(item: T): Operation<unknown>;
  /** Ends it: nothing more will be sent. */
  close?(): unknown;
  /** Ends it with an error, if the source has failed. Default: `close()`. */
  fail?(error: unknown): unknown;
}

/** What items are written to, as a socket. */
export interface WriteSink<T> {
  write(item: T): Operation<unknown>;
  /** Ends it: nothing more will be written. */
  end?(): unknown;
  /** Closes it, if the source has failed. */
  close?(): unknown;
}

/** Where items can go to, see `into()`. */
export type Sink<T> = ((item: T) => unknown) | SendSink<T> | WriteSink<T> | WritableStream<T> | Writable;

/** @throws ERR_INVALID_ARG_TYPE for what is no sink; ERR_INVALID_STATE for a web stream that has another writer */
export function openSink<T>(sink: Sink<T>): Writer<T> {
  if (sink instanceof WritableStream) return new WebWriter(sink);
  if (typeof sink === "function") return new FunctionWriter(sink);
  if (isNodeWritable(sink)) return new NodeWriter(sink);
  if (has(sink, "send")) return new SendWriter(sink as SendSink<T>);
  if (has(sink, "write")) return new ByteWriter(sink as WriteSink<T>);
  const error = new TypeError(
    "into() takes a function, a Writable, a WritableStream, or an object with send() or write()",
  );
  throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}

/** By its methods: the responses of node:http are no instances of Writable. */
function isNodeWritable<T>(sink: Sink<T>): sink is Writable {
  return has(sink, "on") && has(sink, "write") && has(sink, "destroy");
}

function has(sink: unknown, method: string): boolean {
  return typeof (sink as Record<string, unknown> | null | undefined)?.[method] === "function";
}

class FunctionWriter<T> implements Writer<T> {
  private readonly fn: (item: T) => unknown;

  constructor(fn: (item: T) => unknown) {
    this.fn = fn;
  }

  write(item: T): Coroutine<unknown> {
    return resolve(this.fn(item));
  }

  *finish(): Coroutine<void> {}

  *abort(): Coroutine<void> {}
}

class SendWriter<T> implements Writer<T> {
  private readonly sink: SendSink<T>;

  constructor(sink: SendSink<T>) {
    this.sink = sink;
  }

  write(item: T): Coroutine<unknown> {
    return resolve(this.sink.send(item));
  }

  *finish(ends: boolean): Coroutine<void> {
    if (ends) yield* resolve(this.sink.close?.());
  }

  *abort(reason: unknown): Coroutine<void> {
    yield* resolve(this.sink.fail ? this.sink.fail(reason) : this.sink.close?.());
  }
}

class ByteWriter<T> implements Writer<T> {
  private readonly sink: WriteSink<T>;

  constructor(sink: WriteSink<T>) {
    this.sink = sink;
  }

  write(item: T): Coroutine<unknown> {
    return resolve(this.sink.write(item));
  }

  *finish(ends: boolean): Coroutine<void> {
    if (ends) yield* resolve(this.sink.end?.());
  }

  *abort(): Coroutine<void> {
    yield* resolve(this.sink.close?.());
  }
}
