import { listen, type Server } from "../net/index.ts";
import { Channel, Event } from "../sync/index.ts";
import {
  type Coroutine,
  CoroutineOperation,
  currentLoop,
  type Operation,
  run,
  spawn,
  type Task,
} from "../task/index.ts";
import { Connection } from "./connection.ts";
import { pipe } from "./pipe.ts";
import { ProcessQueue } from "./process-queue.ts";
import { QueueSession } from "./queue-session.ts";

/** How a queue between processes behaves. */
export interface ServeQueueOptions {
  /** Items that may wait in the queue, 1 or more: then `put` waits. Default: 1000. */
  readonly capacity?: number;
  /**
   * The path of a Unix socket by which others connect, at most 107 bytes; the file's folder decides who may. Default: none, only
   * who is attached has the queue.
   */
  readonly path?: string;
}

/** The process's end of a queue: it holds the items, and ends with {@link stop}. */
export class QueueServer<T = unknown> implements AsyncDisposable {
  /** Where others connect; undefined if nowhere. */
  readonly path: string | undefined;
  private readonly channel: Channel<Buffer>;
  private readonly sessions = new Set<QueueSession>();
  private readonly emptied = new Event();
  private readonly arrivals = new Channel<Connection>({ capacity: Number.POSITIVE_INFINITY });
  private readonly service: Task<void>;
  /** It was stopped when all had been told, or would have been. */
  private isOver = false;

  /** @internal They come from `serveQueue()`. */
  constructor({ capacity = 1000, path }: ServeQueueOptions, server: Server | null) {
    this.channel = new Channel<Buffer>({ capacity });
    this.path = path;
    const { model } = currentLoop();
    this.service = run(() => this.serve(server), { model, name: "queue" });
  }

  /** Serves who has the connection's other end: a child process, or a thread. */
  attach(connection: Connection): void {
    this.arrivals.trySend(connection);
  }

  /** The queue, for use in this process. */
  open(): ProcessQueue<T> {
    const [ours, theirs] = pipe();
    this.attach(ours);
    return new ProcessQueue<T>(theirs);
  }

  /** Items that wait in it. */
  get size(): number {
    return this.channel.size;
  }

  /** Ends the putting: what is in the queue can still be got, then all who get are told the end. */
  close(): void {
    this.channel.close();
    this.check();
  }

  /** Waits until it is closed and all items have been taken, and have arrived. */
  emptying(): Operation<void> {
    return this.emptied.wait();
  }

  /** Ends the service: all are disconnected, and what is in the queue is lost. */
  stop(): Operation<void> {
    this.isOver ||= this.emptied.isSet;
    return this.service.cancel();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.stop());
  }

  private *serve(server: Server | null): Coroutine<void> {
    try {
      if (server) yield* spawn(() => this.accept(server), { name: "accept" });
      for (;;) {
        const connection = yield* this.arrivals.receive();
        yield* spawn(() => this.converse(connection), { name: "session" });
      }
    } finally {
      this.arrivals.close();
      this.channel.close();
    }
  }

  private *accept(server: Server): Coroutine<void> {
    try {
      for (;;) this.attach(Connection.over(yield* server.accept()));
    } finally {
      yield* server.close();
    }
  }

  private *converse(connection: Connection): Coroutine<void> {
    const session = new QueueSession(this.channel, connection, () => this.check());
    this.sessions.add(session);
    try {
      yield* session.serve();
    } finally {
      if (this.isOver) session.tellEnd();
      yield* connection.close();
      this.sessions.delete(session);
    }
  }

  private check(): void {
    if (!this.channel.isClosed || this.channel.size > 0) return;
    for (const { givenCount } of this.sessions) if (givenCount > 0) return;
    this.emptied.set();
  }
}

class ServeQueueOperation<T> extends CoroutineOperation<QueueServer<T>> {
  private readonly options: ServeQueueOptions;

  constructor(options: ServeQueueOptions) {
    super();
    this.options = options;
  }

  protected override *work(): Coroutine<QueueServer<T>> {
    const { path } = this.options;
    return new QueueServer<T>(this.options, path === undefined ? null : yield* listen({ path }));
  }
}

/**
 * Makes a queue that this process holds, for producers and consumers in any process and thread:
 * `const server = yield* serveQueue({ path, capacity: 100 })`.
 *
 * @throws EADDRINUSE, EACCES and what else listen(2) says; ERR_OUT_OF_RANGE
 */
export function serveQueue<T = unknown>(options: ServeQueueOptions = {}): Operation<QueueServer<T>> {
  return new ServeQueueOperation<T>(options);
}
