import type { MessagePort } from "node:worker_threads";
import {
  checkThreshold,
  excludeFromMessage,
  reportSlow,
  type SlowMessageHandler,
  slowThresholdMs,
} from "../loop/index.ts";
import {
  type Coroutine,
  currentLoop,
  locate,
  type Operation,
  Task,
  toCoroutine,
  until,
} from "../task/index.ts";
import { EventQueue } from "./event-queue.ts";
import { EventSources } from "./event-sources.ts";
import { checkEvent, type LoopEvent } from "./events.ts";

/** How long events are processed before other work of the thread has its turn. */
const SLICE_MS = 10;

/** The events of a type, out of all that a loop carries. */
export type EventOfType<E extends LoopEvent, K> = E extends { readonly type: infer T }
  ? K extends T
    ? E
    : never
  : never;

/**
 * What is called with an event. It holds up all other events until it returns: what waits for something is a generator
 * function, which runs as a task of its own, or an async function, whose promise a task waits for. So both fail the same way.
 */
export type EventHandler<E> = (event: E) => unknown;

/** How an event loop behaves. */
export interface EventLoopOptions<E extends LoopEvent> {
  /** For messages and for its task. Default: "event loop". */
  readonly name?: string;
  /** Milliseconds that handling an event may take. Default: the thread's threshold, see `onSlowMessage`; 50 there. */
  readonly slowMs?: number;
  /** Is told of events that take longer. Default: who `onSlowMessage` has named, or else a warning; `null` for nobody. */
  readonly onSlow?: SlowMessageHandler | null;
  /**
   * Is told what a handler throws, what its promise is rejected with, and what ends the task of one. Default: nobody, then
   * {@link EventLoop.processEvent} throws it, and that is what the task of {@link EventLoop.run} fails with.
   */
  readonly onError?: (error: unknown, event: E) => void;
  /** Events that may wait; then `post` throws. Those of ports and signals are taken all the same. Default: no limit. */
  readonly capacity?: number;
}

/**
 * A message loop to hold in hand: a queue of events, handlers for them, and the loop that takes one event after the other
 * and calls its handlers.
 *
 * ```
 * for (let event; (event = yield* loop.getEvent()); ) loop.processEvent(event);
 * ```
 *
 * is what {@link run} does.
 */
export class EventLoop<E extends LoopEvent> implements Disposable {
  readonly name: string;
  private readonly options: EventLoopOptions<E>;
  private readonly capacity: number;
  private readonly loop = currentLoop();
  private readonly queue: EventQueue<E>;
  private readonly sources = new EventSources<E>((event) => this.accept(event));
  /** The lists are replaced, never changed, for they may be in use. */
  private readonly handlers = new Map<string, readonly EventHandler<E>[]>();
  private heldMs = 0;

  /** @throws ERR_OUT_OF_RANGE for a capacity below 1 or a negative threshold */
  constructor(options: EventLoopOptions<E> = {}) {
    const { name = "event loop", slowMs, capacity = Number.POSITIVE_INFINITY } = options;
    checkThreshold(slowMs, "An event loop");
    if (!(capacity >= 1)) {
      const error = new RangeError(`An event loop takes a capacity of 1 or more events, not ${capacity}`);
      throw Object.assign(error, { code: "ERR_OUT_OF_RANGE" });
    }
    this.name = name;
    this.options = options;
    this.capacity = capacity;
    this.queue = new EventQueue(this.loop, name);
  }

  /** Events that wait to be processed. */
  get length(): number {
    return this.queue.length;
  }

  /** Adds a handler for a type of events. A type's handlers are called in the order in which they were added. */
  on<K extends E["type"]>(type: K, handler: EventHandler<EventOfType<E, K>>): this {
    this.handlers.set(type, [...(this.handlers.get(type) ?? []), handler as EventHandler<E>]);
    return this;
  }

  /** Removes a handler. */
  off<K extends E["type"]>(type: K, handler: EventHandler<EventOfType<E, K>>): this {
    const rest = this.handlers.get(type)?.filter((other) => other !== handler) ?? [];
    if (rest.length > 0) this.handlers.set(type, rest);
    else this.handlers.delete(type);
    return this;
  }

  /**
   * Adds an event behind all others and returns at once: from a task, a callback or a signal handler of this thread.
   *
   * @returns false once the loop has quit: nobody will process the event
   * @throws ERR_EVENT_LOOP_FULL if as many wait as the capacity allows, ERR_INVALID_ARG_TYPE for what has no type
   */
  post(event: E): boolean {
    checkEvent(event);
    if (this.queue.length >= this.capacity && !this.queue.hasEnded) {
      const error = new Error(
        `${this.capacity} events wait in ${this.name}, which is its capacity: post fewer, or process them faster`,
      );
      throw Object.assign(error, { code: "ERR_EVENT_LOOP_FULL" });
    }
    return this.accept(event);
  }

  /**
   * Opens a way in for another thread: give the port to a Worker (in `transferList`, too), and what it posts with
   * `port.postMessage(event)` is an event here, in the order in which it was posted.
   */
  port(): MessagePort {
    return this.sources.openPort();
  }

  /**
   * Makes a Unix signal an event, instead of what it does otherwise. The kernel may tell once of several of a kind.
   *
   * @returns a function that ends this
   * @throws ERR_UNKNOWN_SIGNAL; ERR_WORKER_UNSUPPORTED_OPERATION on other threads than the main one
   */
  postOn(signal: NodeJS.Signals, event: E): () => void {
    checkEvent(event);
    return this.sources.listenTo(signal, event);
  }

  /**
   * Waits for the next event, and takes it; null once the loop has quit and all that was posted before has been taken.
   * Among several who wait, it is first come, first served.
   */
  getEvent(): Operation<E | null> {
    return this.queue.get();
  }

  /**
   * Calls an event's handlers, all of them; generators that they return run as tasks, children of the task that calls, and
   * such tasks wait for promises. A promise cannot be cancelled: with its task only the waiting ends.
   *
   * @returns whether there are any
   * @throws what a handler throws, an AggregateError if it is several; nothing if there is `onError`
   */
  processEvent(event: E): boolean {
    const handlers = this.handlers.get(event.type);
    if (!handlers) return false;
    const errors = this.callAll(handlers, event);
    if (errors.length > 0) this.failed(errors, event);
    return true;
  }

  /**
   * Starts a task that processes one event after the other until the loop quits, and ends when the tasks of its handlers
   * have ended, too: wait for it with `yield*` or `await`. If a handler fails and there is no `onError`, so does this task;
   * the events that wait are still there for another one.
   */
  run(): Task<void> {
    const parent = Task.current;
    return new Task(parent?.loop ?? this.loop, parent, this.processAll(), { label: this.name });
  }

  /** Ends {@link run} when all that was posted until now has been processed. There is no way back. */
  quit(): void {
    this.sources.close();
    this.queue.end();
  }

  /** Quits at once: what waits is dropped. Also by `using`. */
  close(): void {
    this.queue.clear();
    this.quit();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Makes waiting for an event keep the process alive, which is the default. */
  ref(): this {
    this.queue.keepAlive(true);
    return this;
  }

  /** Lets the process end although somebody waits for an event, as in Node. */
  unref(): this {
    this.queue.keepAlive(false);
    return this;
  }

  private accept(event: E): boolean {
    checkEvent(event);
    if (this.queue.hasEnded) return false;
    this.queue.add(event);
    return true;
  }

  private *processAll(): Coroutine<void> {
    for (let event = yield* this.getEvent(); event; event = yield* this.getEvent()) {
      this.processEvent(event);
    }
  }

  /** @returns what the handlers throw */
  private callAll(handlers: readonly EventHandler<E>[], event: E): unknown[] {
    const errors: unknown[] = [];
    const began = performance.now();
    let now = began;
    let longestMs = 0;
    let slowest = handlers[0]!;
    for (const handler of handlers) {
      const before = now;
      try {
        this.follow(handler(event), event);
      } catch (error) {
        errors.push(error);
      }
      now = performance.now();
      if (now - before <= longestMs) continue;
      longestMs = now - before;
      slowest = handler;
    }
    this.handled(event, now - began, slowest);
    return errors;
  }

  /** Starts the task of a handler that has to wait, or the one that waits for its promise. */
  private follow(result: unknown, event: E): void {
    const coroutine = toCoroutine(result) ?? (isPromise(result) ? toCoroutine(until(result)) : null);
    if (!coroutine) return;
    const parent = Task.current;
    const task = new Task(parent?.loop ?? this.loop, parent, coroutine, { label: event.type });
    const { onError } = this.options;
    if (!onError) return;
    task.then(null, (error) => {
      if (task.state === "failed") onError(error, event);
    });
  }

  private handled(event: E, durationMs: number, slowest: EventHandler<E>): void {
    const { slowMs = slowThresholdMs, onSlow } = this.options;
    excludeFromMessage(durationMs);
    this.heldMs += durationMs;
    if (this.heldMs >= SLICE_MS) {
      this.heldMs = 0;
      this.queue.letOthersRun();
    }
    if (durationMs <= slowMs) return;
    reportSlow("event", event.type, durationMs, () => locate([slowest])[0]!, onSlow);
  }

  private failed(errors: unknown[], event: E): void {
    const { onError } = this.options;
    if (onError) {
      for (const error of errors) onError(error, event);
      return;
    }
    if (errors.length === 1) throw errors[0];
    throw new AggregateError(errors, `${errors.length} handlers of the event ${event.type} have failed`);
  }
}

function isPromise(result: unknown): result is PromiseLike<unknown> {
  return typeof (result as PromiseLike<unknown> | null | undefined)?.then === "function";
}
