import { finished, type Writable } from "node:stream";
import type { Coroutine } from "../task/index.ts";
import { Signal } from "./signal.ts";
import type { Writer } from "./writer.ts";

/** Writes into a stream of Node's, and pauses until `drain` when it is full. */
export class NodeWriter<T> implements Writer<T> {
  private readonly writable: Writable;
  private readonly progress = new Signal();
  private readonly tell = () => this.progress.notify();
  private readonly written = () => {
    this.unwritten--;
    this.tell();
  };
  private unwritten = 0;
  private ended = false;
  private stopWatching: (() => void) | undefined;

  constructor(writable: Writable) {
    this.writable = writable;
    writable.on("drain", this.tell);
  }

  watch(failed: (error: unknown) => void): void {
    this.stopWatching = finished(this.writable, { readable: false }, (error) => {
      this.ended = true;
      if (error) failed(error);
      else this.tell();
    });
  }

  *write(item: T): Coroutine<void> {
    this.unwritten++;
    this.writable.write(item, this.written);
    while (this.writable.writableNeedDrain) yield* this.progress.wait();
  }

  *finish(ends: boolean): Coroutine<void> {
    if (ends) this.writable.end();
    while (ends ? !this.ended : this.unwritten > 0) yield* this.progress.wait();
  }

  *abort(reason: unknown): Coroutine<void> {
    // The pipe fails with it; it must not be an uncaught exception besides.
    this.writable.once("error", () => {});
    this.writable.destroy(reason instanceof Error ? reason : new Error(String(reason)));
  }

  release(): void {
    this.writable.off("drain", this.tell);
    this.stopWatching?.();
  }
}
