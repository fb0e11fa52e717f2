import { decodeFrame, encodeFrame } from "../framing/index.ts";
import type { Loop } from "../loop/index.ts";
import { connect } from "../net/index.ts";
import { ChannelClosedError } from "../sync/index.ts";
import { type Coroutine, CoroutineOperation, currentLoop, Operation } from "../task/index.ts";
import { Connection } from "./connection.ts";
import { PeerEndedError } from "./errors.ts";
import {
  CANCEL,
  CLOSE,
  CLOSED,
  DONE,
  GET,
  PUT,
  type QueueAnswer,
  type QueueRequest,
  RETURN,
  SIZE,
  TAKEN,
  THE_END,
  TRY_GET,
  TRY_PUT,
} from "./queue-messages.ts";

/** A request to the process that holds the queue, until its answer is there. */
class RequestOperation<T, R> extends Operation<R> {
  id = 0;
  readonly kind: number;
  readonly item: Buffer | undefined;
  private readonly queue: ProcessQueue<T>;
  private readonly resultOf: (result: unknown) => R;
  /** The item that it was given, as it came: undefined is an item, too. */
  private given: Buffer | undefined = undefined;

  constructor(queue: ProcessQueue<T>, kind: number, resultOf: (result: unknown) => R, item?: Buffer) {
    super();
    this.queue = queue;
    this.kind = kind;
    this.resultOf = resultOf;
    this.item = item;
  }

  override get description(): string {
    return descriptions[this.kind]!;
  }

  answer(outcome: number, result: unknown): void {
    if (outcome === DONE) this.take(result);
    else if (outcome === CLOSED) this.finish();
    else this.giveUp();
  }

  refuse(error: unknown): void {
    this.fail(error);
  }

  private take(result: unknown): void {
    if (result instanceof Buffer) this.given = result;
    try {
      this.succeed(this.resultOf(result));
    } catch (error) {
      // An item that is no value of ours.
      this.fail(error);
    }
  }

  /** The queue is closed and empty. */
  protected finish(): void {
    this.fail(new ChannelClosedError("The queue is closed"));
  }

  protected override begin(): void {
    this.queue.begin(this);
  }

  protected override end(): void {
    this.queue.cancel(this);
  }

  protected override giveBack(): void {
    if (this.given !== undefined) this.queue.giveBack(this.id, this.given);
  }
}

class NextOperation<T> extends RequestOperation<T, IteratorResult<T, void>> {
  protected override finish(): void {
    this.succeed({ done: true, value: undefined });
  }
}

const descriptions = ["put", "try to put", "get", "try to get", "size", "close"];

const nobody = { wake: () => {} };

/**
 * A queue that a process holds ({@link serveQueue}), as its users have it: in that process, in others and in their threads, any
 * number of producers and consumers. Who waits for an item is served first come, first served, over all processes.
 *
 * An item is given at least once: it is the consumer's when the wait for it has ended there, and if the consumer's process
 * ends before that is known, the next consumer gets it, which in a rare case is the second. What a consumer that ends
 * was working on is not given again.
 */
export class ProcessQueue<T = unknown> implements AsyncIterable<T, void, undefined>, AsyncDisposable {
  private readonly connection: Connection;
  private readonly loop: Loop;
  private readonly pending = new Map<number, RequestOperation<T, unknown>>();
  private requests = 0;
  private receiving: Operation<unknown> | null = null;
  private failure: Error | null = null;
  /** The queue is closed and empty, and its process need not be asked any more. */
  private isOver = false;
  /** Items that have arrived, of which the queue's process is to be told. */
  private readonly taken = new Set<number>();
  private readonly listener = { wake: () => this.answerCame() };

  /** @param connection one that the queue's process has attached the other end of: {@link QueueServer.attach} */
  constructor(connection: Connection) {
    this.connection = connection;
    this.loop = currentLoop();
  }

  /**
   * Puts an item into the queue; waits while it is full. One that is cancelled was put, or never will be: the wait ends when
   * that is known.
   *
   * @throws ERR_CHANNEL_CLOSED if the queue is closed; ERR_PEER_ENDED if its process has gone; what `v8.serialize` throws for a
   *   function and the like
   */
  put(item: T): Operation<void> {
    return new RequestOperation<T, void>(this, PUT, () => {}, encodeFrame(item));
  }

  /** Puts an item if there is room. @returns whether there was @throws as {@link put} */
  tryPut(item: T): Operation<boolean> {
    return new RequestOperation<T, boolean>(this, TRY_PUT, (result) => result === true, encodeFrame(item));
  }

  /**
   * Waits for the next item and takes it. One that was handed to a task which is cancelled before it goes on is given to the
   * next who gets.
   *
   * @throws ERR_CHANNEL_CLOSED once the queue is closed and empty; ERR_PEER_ENDED if its process has gone
   */
  get(): Operation<T> {
    return new RequestOperation<T, T>(this, GET, (result) => decodeFrame(result as Buffer) as T);
  }

  /** As {@link get}, for loops: after the last item comes `{ done: true }`. */
  next(): Operation<IteratorResult<T, void>> {
    return new NextOperation<T>(this, GET, (result) => ({
      done: false,
      value: decodeFrame(result as Buffer) as T,
    }));
  }

  /** Takes the next item if there is one. @returns undefined if there is none @throws as {@link get} */
  tryGet(): Operation<T | undefined> {
    return new RequestOperation<T, T | undefined>(this, TRY_GET, (result) =>
      result === undefined ? undefined : (decodeFrame(result as Buffer) as T),
    );
  }

  /** How many items wait in the queue; it may be another number by the time one knows. */
  size(): Operation<number> {
    return new RequestOperation<T, number>(this, SIZE, (result) => result as number);
  }

  /** Ends the putting, for all: what is in the queue can still be got, then all who get are told the end. */
  close(): Operation<void> {
    return new RequestOperation<T, void>(this, CLOSE, () => {});
  }

  /** Leaves the queue, which goes on without us. What waits here ends with ERR_PEER_ENDED. */
  leave(): Operation<void> {
    return this.connection.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<T, void, undefined> {
    return { next: () => Promise.resolve(this.next()) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.leave());
  }

  /** @internal */
  begin(operation: RequestOperation<T, unknown>): void {
    if (this.isOver) {
      operation.answer(CLOSED, undefined);
      return;
    }
    if (this.failure) {
      operation.refuse(this.failure);
      return;
    }
    operation.id = ++this.requests;
    this.pending.set(operation.id, operation);
    this.send([operation.kind, operation.id, operation.item]);
    if (this.receiving === null) this.receive();
  }

  /** @internal The answer says what came first. */
  cancel({ id }: RequestOperation<T, unknown>): void {
    this.send([CANCEL, id]);
  }

  /** @internal */
  giveBack(id: number, item: Buffer): void {
    this.taken.delete(id);
    this.send([RETURN, id, item]);
  }

  /** For the loop: tells what has arrived and was not given back. */
  run(): void {
    for (const id of this.taken) this.send([TAKEN, id]);
    this.taken.clear();
  }

  private receive(): void {
    while (this.pending.size > 0 && this.failure === null) {
      this.receiving = this.connection.receive();
      if (!this.receiving.start(this.listener)) return;
      this.takeAnswer();
    }
  }

  private answerCame(): void {
    this.takeAnswer();
    this.receive();
  }

  private takeAnswer(): void {
    const receiving = this.receiving!;
    this.receiving = null;
    if (!receiving.takeOutcome(this.listener)) {
      this.lose(receiving.value);
      return;
    }
    const [id, outcome, result] = receiving.value as QueueAnswer;
    if (id === THE_END) {
      this.end();
      return;
    }
    const operation = this.pending.get(id);
    this.pending.delete(id);
    if (operation === undefined) return;
    if (result instanceof Buffer) {
      if (this.taken.size === 0) this.loop.schedule(this);
      this.taken.add(id);
    }
    operation.answer(outcome, result);
  }

  private end(): void {
    this.isOver = true;
    for (const operation of this.pending.values()) operation.answer(CLOSED, undefined);
    this.pending.clear();
  }

  /** The queue's process has gone. */
  private lose(cause: unknown): void {
    this.failure = new PeerEndedError("The process that holds the queue has ended, or let go of us", {
      cause,
    });
    for (const operation of this.pending.values()) operation.refuse(this.failure);
    this.pending.clear();
  }

  /** Nobody waits for it to be sent: what matters is the answer, or the connection's end. */
  private send(request: QueueRequest): void {
    this.connection.send(request).start(nobody);
  }
}

class ConnectQueueOperation<T> extends CoroutineOperation<ProcessQueue<T>> {
  private readonly path: string;

  constructor(path: string) {
    super();
    this.path = path;
  }

  protected override *work(): Coroutine<ProcessQueue<T>> {
    return new ProcessQueue<T>(Connection.over(yield* connect({ path: this.path })));
  }
}

/**
 * Connects to a queue that another process serves.
 *
 * @param path of its Unix socket
 * @throws ENOENT, ECONNREFUSED, EACCES and what else connect(2) says
 */
export function connectQueue<T = unknown>(path: string): Operation<ProcessQueue<T>> {
  return new ConnectQueueOperation<T>(path);
}
