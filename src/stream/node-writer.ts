import type { Http2ServerResponse } from "node:http2";
import { finished, type Writable } from "node:stream";
import { Condition } from "../sync/index.ts";
import type { Coroutine } from "../task/index.ts";
import type { Writer } from "./writer.ts";

/** Writes into a stream of Node's, and pauses until `drain` when it is full. */
export class NodeWriter<T> implements Writer<T> {
  private readonly writable: Writable;
  /** What has headers to be sent before the first item. */
  private readonly head: Http2ServerResponse | null;
  private readonly progress = new Condition();
  private unwritten = 0;
  private ended = false;
  private failed: (error: unknown) => void = () => {};
  private stopWatching = () => {};

  constructor(writable: Writable) {
    // It looks like a Writable, and knows neither when it is full nor that the client has left. Its stream does.
    this.head = isHttp2Response(writable) ? writable : null;
    this.writable = this.head ? this.head.stream : writable;
    this.writable.on("drain", this.drained);
  }

  watch(failed: (error: unknown) => void): void {
    this.failed = failed;
    this.stopWatching = finished(this.writable, { readable: false }, (error) => {
      if (error) failed(error);
    });
    // Ending it would look like a success, for nothing is left to be written.
    if (this.writable.destroyed) failed(destroyed());
  }

  *write(item: T): Coroutine<void> {
    this.unwritten++;
    this.sendHead();
    this.writable.write(item, this.written);
    while (this.writable.writableNeedDrain) yield* this.progress.wait();
  }

  *finish(ends: boolean): Coroutine<void> {
    this.sendHead();
    if (ends) this.writable.end(this.finished);
    while (ends ? !this.ended : this.unwritten > 0) yield* this.progress.wait();
  }

  *abort(reason: unknown): Coroutine<void> {
    // The pipe fails with it; it must not be an uncaught exception besides.
    this.writable.once("error", () => {});
    this.writable.destroy(reason instanceof Error ? reason : new Error(String(reason)));
  }

  release(): void {
    this.writable.off("drain", this.drained);
    this.stopWatching();
  }

  private sendHead(): void {
    if (this.head?.headersSent === false) this.head.writeHead(this.head.statusCode);
  }

  private readonly drained = () => this.progress.notifyAll();

  private readonly written = (error?: Error | null) => {
    this.unwritten--;
    this.settle(error);
  };

  private readonly finished = (error?: Error | null) => {
    this.ended = true;
    this.settle(error);
  };

  private settle(error: Error | null | undefined): void {
    if (error) this.failed(error);
    else this.progress.notifyAll();
  }
}

/** By a method of its own, for loading node:http2 to ask takes its time. */
function isHttp2Response(writable: Writable): writable is Http2ServerResponse {
  return "createPushResponse" in writable;
}

function destroyed(): Error {
  const error = new Error("The stream that was to be written to is destroyed");
  return Object.assign(error, { code: "ERR_STREAM_DESTROYED" });
}
