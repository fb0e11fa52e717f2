import { type Channel, ChannelClosedError } from "../sync/index.ts";
import { CancelledError, type Coroutine, type Operation } from "../task/index.ts";
import type { Connection } from "./connection.ts";
import {
  CANCEL,
  CANCELLED,
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

/** A request that waits in the queue. */
class Waiting {
  readonly id: number;
  readonly operation: Operation<unknown>;
  private readonly session: QueueSession;

  constructor(session: QueueSession, id: number, operation: Operation<unknown>) {
    this.session = session;
    this.id = id;
    this.operation = operation;
  }

  wake(): void {
    this.session.settled(this);
  }
}

/** Another program than ours may have connected. */
function bytesOf(item: unknown): Buffer {
  if (item instanceof Buffer) return item;
  throw new TypeError("A request that brings an item has none");
}

const nobody = { wake: () => {} };

/** One of those who are connected to a queue, as the process sees it that holds it. */
export class QueueSession {
  private readonly channel: Channel<Buffer>;
  private readonly connection: Connection;
  private readonly changed: () => void;
  private readonly waiting = new Map<number, Waiting>();
  /** Items that were given, until they are known to have arrived. */
  private readonly given = new Map<number, Buffer>();

  /** @param changed is called when an item was taken for good */
  constructor(channel: Channel<Buffer>, connection: Connection, changed: () => void) {
    this.channel = channel;
    this.connection = connection;
    this.changed = changed;
  }

  /** Items that are on their way. */
  get givenCount(): number {
    return this.given.size;
  }

  /** Serves until the other end goes, or what it sends is no request. */
  *serve(): Coroutine<void> {
    const { connection } = this;
    try {
      for (let next = yield* connection.next(); !next.done; next = yield* connection.next())
        this.obey(next.value as QueueRequest);
    } catch (error) {
      if (error instanceof CancelledError) throw error;
    } finally {
      this.takeBackAll();
    }
  }

  /** Nothing will come any more, whenever the other end asks. */
  tellEnd(): void {
    this.answer([THE_END, CLOSED]);
  }

  /** Of what waits: it has got its result, or will get none. */
  settled(waiting: Waiting): void {
    const { id, operation } = waiting;
    this.waiting.delete(id);
    if (operation.takeOutcome(waiting)) this.give(id, operation.value);
    else this.answer([id, operation.value instanceof ChannelClosedError ? CLOSED : CANCELLED]);
  }

  private obey([kind, id, item]: QueueRequest): void {
    const { channel } = this;
    if (kind === PUT) this.wait(id, channel.send(bytesOf(item)));
    else if (kind === GET) this.wait(id, channel.receive());
    else if (kind === TRY_PUT) this.try(id, () => channel.trySend(bytesOf(item)));
    else if (kind === TRY_GET) this.try(id, () => channel.tryReceive());
    else if (kind === SIZE) this.answer([id, DONE, channel.size]);
    else if (kind === CANCEL) this.waiting.get(id)?.operation.abort();
    else if (kind === TAKEN) this.taken(id);
    else if (kind === RETURN) this.takeBack(id, bytesOf(item));
    else if (kind === CLOSE) {
      channel.close();
      this.answer([id, DONE]);
      this.changed();
    }
  }

  private wait(id: number, operation: Operation<unknown>): void {
    const waiting = new Waiting(this, id, operation);
    this.waiting.set(id, waiting);
    if (operation.start(waiting)) waiting.wake();
  }

  private try(id: number, attempt: () => unknown): void {
    try {
      this.give(id, attempt());
    } catch {
      this.answer([id, CLOSED]);
    }
  }

  private give(id: number, result: unknown): void {
    if (result instanceof Buffer) this.given.set(id, result);
    this.answer([id, DONE, result]);
  }

  private taken(id: number): void {
    this.given.delete(id);
    this.changed();
  }

  private takeBack(id: number, item: Buffer): void {
    this.given.delete(id);
    this.channel.unreceive(item);
  }

  private takeBackAll(): void {
    for (const { operation } of [...this.waiting.values()]) operation.abort();
    for (const item of [...this.given.values()].reverse()) this.channel.unreceive(item);
    this.given.clear();
    this.changed();
  }

  /** Nobody waits for it to be sent: one who has gone is told of by the connection's end. */
  private answer(answer: QueueAnswer): void {
    this.connection.send(answer).start(nobody);
  }
}
