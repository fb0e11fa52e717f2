import {
  CancelledError,
  type Coroutine,
  CoroutineOperation,
  type Operation,
  shield,
  spawn,
  Task,
} from "../task/index.ts";
import { Intake } from "./intake.ts";
import { openSink, type Sink } from "./sinks.ts";
import type { Source } from "./stream.ts";
import type { Writer } from "./writer.ts";

/** What becomes of the sink. */
export interface IntoOptions {
  /**
   * Whether it is ended after the last item, and aborted if the source fails or the task is cancelled; otherwise it is left
   * as it is. Default: true.
   */
  readonly end?: boolean;
}

/**
 * Writes all items into a sink, at the pace at which it takes them; the last function of a `pipe()`. What it gives is done
 * when everything is written and the sink has ended. If writing fails, the source is closed.
 *
 * @param sink a channel or another object with `send()`, a socket or another one with `write()`, a `WritableStream`, a
 *   `Writable`, or a function (as of {@link map}) that is called with each item
 * @throws what the source or the sink fails with
 */
export function into<T>(
  sink: Sink<T>,
  { end = true }: IntoOptions = {},
): (source: Source<T>) => Operation<void> {
  return (source) => new IntoOperation(source, sink, end);
}

class IntoOperation<T> extends CoroutineOperation<void> {
  private readonly intake: Intake<T>;
  private readonly sink: Sink<T>;
  private readonly ends: boolean;
  private failure: { readonly error: unknown } | null = null;
  /** All is written, or has been given up. */
  private over = false;

  constructor(source: Source<T>, sink: Sink<T>, ends: boolean) {
    super();
    this.intake = new Intake(source);
    this.sink = sink;
    this.ends = ends;
  }

  override get description(): string {
    return "end of a pipe";
  }

  /** In a child, which a sink that fails by itself cancels: the wait for the next item may take for ever. */
  protected override *work(): Coroutine<void> {
    const writing = yield* spawn(() => this.transfer(), { name: "pipe" });
    try {
      yield* writing;
    } catch (error) {
      throw this.failure ? this.failure.error : error;
    }
  }

  private *transfer(): Coroutine<void> {
    const { intake, ends } = this;
    let writer: Writer<T> | null = null;
    try {
      intake.adopt(Task.current!);
      writer = openSink(this.sink);
      this.watch(writer, Task.current!);
      for (let item = yield* intake.next(); !item.done; item = yield* intake.next()) {
        yield* writer.write(item.value);
      }
      yield* writer.finish(ends);
      this.over = true;
    } catch (error) {
      this.failure ??= { error };
      throw error;
    } finally {
      if (!this.over) yield* shield(this.abandon(writer));
      writer?.release?.();
    }
  }

  private watch(writer: Writer<T>, task: Task<unknown>): void {
    writer.watch?.((error) => {
      if (this.over) return;
      this.failure ??= { error };
      task.cancel();
    });
  }

  private *abandon(writer: Writer<T> | null): Coroutine<void> {
    this.over = true;
    const reason = this.failure ? this.failure.error : new CancelledError();
    if (writer && this.ends) yield* unfailing(writer.abort(reason));
    yield* unfailing(this.intake.leave());
  }
}

/** What has failed first is the one that is told. */
function* unfailing(closing: Coroutine<unknown>): Coroutine<void> {
  try {
    yield* closing;
  } catch {}
}
