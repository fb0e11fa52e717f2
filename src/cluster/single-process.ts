import { listen, type Server } from "../net/index.ts";
import type { SocketAddress } from "../sys/index.ts";
import { type Coroutine, misuse, run, Task } from "../task/index.ts";
import { type ConnectionHandler, Connections } from "./connections.ts";
import type { Form } from "./form.ts";
import type { Settings } from "./options.ts";
import { addressText, type ClusterStatus } from "./status.ts";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** The program's own process accepts, and there is no supervisor. */
export class SingleProcess implements Form {
  private readonly settings: Settings;
  private readonly server: Server;
  private readonly connections: Connections;
  private readonly startedAt = Date.now();

  private constructor(settings: Settings, server: Server, handler: ConnectionHandler) {
    this.settings = settings;
    this.server = server;
    this.connections = new Connections(handler, settings);
  }

  static *open(settings: Settings, handler: ConnectionHandler): Coroutine<SingleProcess> {
    return new SingleProcess(settings, yield* listen(settings.listen), handler);
  }

  get address(): SocketAddress {
    return this.server.address;
  }

  get status(): ClusterStatus {
    const uptimeMs = Date.now() - this.startedAt;
    return {
      name: this.settings.name,
      pid: process.pid,
      address: addressText(this.address),
      uptimeMs,
      listeners: "shared",
      processes: [
        {
          slot: 0,
          state: "serving",
          pid: process.pid,
          finishing: [],
          uptimeMs,
          heartbeatAgeMs: 0,
          restarts: 0,
          lastEnding: null,
          ...this.connections.counters,
        },
      ],
    };
  }

  /** Serves until it is cancelled or told to stop by a signal; then connections have their time to end. */
  *run(): Coroutine<void> {
    // A tree of its own: it has its time after the cancellation.
    const serving = run(() => this.connections.serve(this.server), { name: "serve" });
    const stop = Task.current!.cancel.bind(Task.current);
    // Only once: if they come again, they end the process.
    for (const signal of SIGNALS) process.once(signal, stop);
    try {
      yield* serving;
    } finally {
      yield* this.server.stop();
      yield* this.connections.drain(serving);
      for (const signal of SIGNALS) process.off(signal, stop);
    }
  }

  // biome-ignore lint/correctness/useYield: a coroutine, as of the other forms
  *reload(): Coroutine<never> {
    throw misuse("There are no processes to start anew: serve with processes");
  }
}
