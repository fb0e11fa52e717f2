import type { Server, Socket } from "../net/index.ts";
import { Event, type Permit, Semaphore } from "../sync/index.ts";
import {
  type Coroutine,
  type Operation,
  sleep,
  spawn,
  type Task,
  TimeoutError,
  timeout,
} from "../task/index.ts";
import type { Counters } from "./messages.ts";
import type { Service, Settings } from "./options.ts";

/** A handler that may know more of us than a program's does. */
export type ConnectionHandler = (
  socket: Socket,
  connections: Connections,
) => Coroutine<unknown> | Operation<unknown>;

/** The connections of a process: from their acceptance to their end, counted. */
export class Connections implements Service {
  readonly stopping = new Event();
  private readonly handler: ConnectionHandler;
  private readonly settings: Settings;
  /** With the bytes that had been moved when it was last looked at. */
  private readonly open = new Map<Socket, number>();
  private readonly room: Semaphore | null;
  private accepted = 0;
  private failed = 0;
  /** Of connections that have ended, and of those that are served elsewhere. */
  private bytesRead = 0;
  private bytesWritten = 0;

  constructor(handler: ConnectionHandler, settings: Settings) {
    this.handler = handler;
    this.settings = settings;
    const { connectionsMax } = settings;
    this.room = connectionsMax === Number.POSITIVE_INFINITY ? null : new Semaphore(connectionsMax);
  }

  /** Serves what a server accepts; ends when the server has stopped and the last connection has ended. */
  *serve(server: Server): Coroutine<void> {
    for (;;) {
      const permit = this.room && (yield* this.room.acquire());
      const { done, value: socket } = yield* server.next();
      if (done) return;
      yield* spawn(() => this.attend(socket, permit), { name: this.handler.name || "handler" });
    }
  }

  /**
   * Ends in good order: a task that serves has its connections finish what they do, half-closes those that are idle, and
   * when the time is up cancels what is left.
   *
   * @param serving ends by itself when all connections have ended
   */
  *drain(serving: Task<void>): Coroutine<void> {
    this.stopping.set();
    const closer = yield* spawn(() => this.closeIdle(), { name: "close idle connections" });
    try {
      yield* timeout(this.settings.graceMs, serving);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      yield* serving.cancel();
    }
    yield* closer.cancel();
  }

  get counters(): Counters {
    let { bytesRead, bytesWritten } = this;
    for (const socket of this.open.keys()) {
      bytesRead += socket.bytesRead;
      bytesWritten += socket.bytesWritten;
    }
    const { user, system } = process.cpuUsage();
    return {
      accepted: this.accepted,
      open: this.open.size,
      failed: this.failed,
      bytesRead,
      bytesWritten,
      cpuMs: (user + system) / 1000,
      rssBytes: process.memoryUsage.rss(),
    };
  }

  /** Counts on by what a thread or process of a connection has counted between two reports. */
  countElsewhere(before: Counters, after: Counters): void {
    this.failed += after.failed - before.failed;
    this.bytesRead += after.bytesRead - before.bytesRead;
    this.bytesWritten += after.bytesWritten - before.bytesWritten;
  }

  /** From its beginning to its end. */
  *attend(socket: Socket, permit: Permit | null = null): Coroutine<void> {
    this.accepted++;
    this.open.set(socket, 0);
    try {
      yield* this.handler(socket, this);
    } catch (error) {
      this.failed++;
      this.settings.onError(error, socket);
    } finally {
      yield* socket.close();
      this.open.delete(socket);
      this.bytesRead += socket.bytesRead;
      this.bytesWritten += socket.bytesWritten;
      permit?.release();
    }
  }

  /** Half-closes what waits for data and has been silent. The peer that has a request on its way still gets no reset. */
  private *closeIdle(): Coroutine<void> {
    const { idleMs } = this.settings;
    if (idleMs === Number.POSITIVE_INFINITY) return;
    for (;;) {
      for (const socket of this.open.keys()) this.open.set(socket, socket.bytesRead + socket.bytesWritten);
      yield* sleep(idleMs);
      for (const [socket, bytes] of this.open) {
        if (socket.isReading && socket.bytesRead + socket.bytesWritten === bytes)
          yield* spawn(() => socket.end());
      }
    }
  }
}
