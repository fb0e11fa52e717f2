import type { WritableStream, WritableStreamDefaultWriter } from "node:stream/web";
import { type Coroutine, until } from "../task/index.ts";
import type { Writer } from "./writer.ts";

/** Writes into a web stream as long as its `highWaterMark` allows. */
export class WebWriter<T> implements Writer<T> {
  private readonly writer: WritableStreamDefaultWriter<T>;
  private lastWrite: Promise<void> = Promise.resolve();

  constructor(stream: WritableStream<T>) {
    this.writer = stream.getWriter();
  }

  watch(failed: (error: unknown) => void): void {
    this.writer.closed.catch(failed);
  }

  *write(item: T): Coroutine<void> {
    yield* until(this.writer.ready);
    this.lastWrite = this.writer.write(item);
    // Its failure is the stream's, which the next wait tells.
    this.lastWrite.catch(() => {});
  }

  *finish(ends: boolean): Coroutine<void> {
    yield* until(ends ? this.writer.close() : this.lastWrite);
  }

  *abort(reason: unknown): Coroutine<void> {
    yield* until(this.writer.abort(reason));
  }

  release(): void {
    // Rejects what is watched; the pipe has its outcome by then.
    this.writer.releaseLock();
  }
}
