import { Operation } from "../task/index.ts";
import { socketError } from "./errors.ts";
import type { Server } from "./server.ts";
import type { Socket } from "./socket.ts";

/** What waits for a connection. */
export abstract class ConnectionOperation<R> extends Operation<R> {
  protected readonly server: Server;

  constructor(server: Server) {
    super();
    this.server = server;
  }

  abstract deliver(socket: Socket): void;

  /** The server is closed. */
  abstract finish(): void;

  refuse(error: unknown): void {
    this.fail(error);
  }

  protected override begin(): void {
    this.server.beginAccept(this);
  }

  protected override end(): void {
    this.server.leaveAccept(this);
    this.giveUp();
  }
}

/** What `server.accept()` waits for. */
export class AcceptOperation extends ConnectionOperation<Socket> {
  override deliver(socket: Socket): void {
    this.succeed(socket);
  }

  override finish(): void {
    this.fail(socketError("ERR_SERVER_NOT_RUNNING", "The server is closed"));
  }

  protected override giveBack(socket: Socket): void {
    this.server.unaccept(socket);
  }
}

/** What `server.next()` waits for. */
export class NextOperation extends ConnectionOperation<IteratorResult<Socket, void>> {
  override deliver(socket: Socket): void {
    this.succeed({ done: false, value: socket });
  }

  override finish(): void {
    this.succeed({ done: true, value: undefined });
  }

  protected override giveBack(result: IteratorResult<Socket, void>): void {
    if (!result.done) this.server.unaccept(result.value);
  }
}

/** What `server.close()` and `server.stop()` wait for. */
export class CloseOperation extends Operation<void> {
  /** Whether connections that nobody has asked for yet can still be asked for. */
  readonly keepsConnections: boolean;
  private readonly server: Server;

  constructor(server: Server, keepsConnections: boolean) {
    super();
    this.server = server;
    this.keepsConnections = keepsConnections;
  }

  override get description(): string {
    return this.keepsConnections ? "stop" : "close";
  }

  finish(): void {
    this.succeed();
  }

  protected override begin(): void {
    this.server.beginClose(this);
  }

  protected override end(): void {
    // Closing cannot be taken back and takes no time.
  }
}
