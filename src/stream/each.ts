import { type Coroutine, CoroutineOperation, misuse, type Operation, Task } from "../task/index.ts";
import { Intake } from "./intake.ts";
import { END, type Source } from "./stream.ts";

/** The innermost loop over a stream of each task. */
const loops = new WeakMap<Task<unknown>, EachLoop<unknown>>();

/**
 * Loops over a stream in a coroutine:
 *
 * ```ts
 * for (const chunk of yield* each(socket)) {
 *   yield* file.write(chunk);
 *   yield* each.next();
 * }
 * ```
 *
 * `each.next()` stands at the end of the body, and before every `continue`. A loop that is left early, by `break`, `return`,
 * an error or the task's cancellation, closes the source: at once, in a child of the task. In async functions write
 * `for await (const chunk of socket)`.
 *
 * @throws what the source fails with; ERR_INVALID_STATE if `each.next()` was forgotten
 */
export function each<T>(source: Source<T>): Operation<Iterable<T, void, undefined>> {
  return new EachOperation(source);
}

/** Waits for the next item of the innermost loop of the task that runs. */
each.next = function next(): Operation<void> {
  return new AdvanceOperation();
};

class EachOperation<T> extends CoroutineOperation<Iterable<T, void, undefined>> {
  private readonly source: Source<T>;

  constructor(source: Source<T>) {
    super();
    this.source = source;
  }

  override get description(): string {
    return "first item";
  }

  protected override begin(): void {
    throw misuse(
      'each() needs "yield*" in a coroutine; in an async function write "for await (const item of stream)"',
    );
  }

  protected override *work(): Coroutine<Iterable<T, void, undefined>> {
    const loop = new EachLoop(this.source, Task.current!);
    yield* loop.open();
    return loop;
  }
}

class AdvanceOperation extends CoroutineOperation<void> {
  override get description(): string {
    return "next item";
  }

  protected override begin(): void {
    throw misuse('each.next() needs "yield*", in the loop of a coroutine');
  }

  protected override *work(): Coroutine<void> {
    const loop = loops.get(Task.current!);
    if (!loop) {
      throw misuse(
        "each.next() belongs into a loop over each(stream), in the task that runs it; there is none here",
      );
    }
    yield* loop.advance();
  }
}

class EachLoop<T> implements IterableIterator<T, void> {
  private readonly intake: Intake<T>;
  private readonly task: Task<unknown>;
  private outer: EachLoop<unknown> | undefined;
  private result: IteratorResult<T, void> = END;
  /** The item was handed to the loop's body. */
  private stale = false;

  constructor(source: Source<T>, task: Task<unknown>) {
    this.intake = new Intake(source);
    this.intake.adopt(task);
    this.task = task;
  }

  *open(): Coroutine<void> {
    let opened = false;
    try {
      this.result = yield* this.intake.next();
      opened = true;
    } finally {
      if (!opened) this.close();
    }
    this.outer = loops.get(this.task);
    loops.set(this.task, this as EachLoop<unknown>);
  }

  *advance(): Coroutine<void> {
    if (!this.stale) throw misuse("each.next() was called twice for one item, which would be lost");
    this.result = yield* this.intake.next();
    this.stale = false;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<T, void> {
    if (this.stale) {
      this.return();
      throw misuse(
        "A loop over each(stream) went on without the next item: write yield* each.next() at the end of its body and before each continue",
      );
    }
    if (this.result.done) this.pop();
    else this.stale = true;
    return this.result;
  }

  return(): IteratorResult<T, void> {
    this.pop();
    this.close();
    return END;
  }

  private close(): void {
    const { intake, task } = this;
    if (!intake.needsLeaving) return;
    new Task(task.loop, task, intake.leave(), { label: "closing of a stream", isShielded: true });
  }

  private pop(): void {
    if (this.outer) loops.set(this.task, this.outer);
    else loops.delete(this.task);
  }
}
