import { closeSync } from "node:fs";
import { listen, type Server } from "../net/index.ts";
import { Event } from "../sync/index.ts";
import { makeDeathTimer, setSignalTimer } from "../sys/index.ts";
import { type Coroutine, sleep, spawn } from "../task/index.ts";
import { Connections } from "./connections.ts";
import type { Order, Report } from "./messages.ts";
import { ENDING_MS_MAX, type Handler, type Settings } from "./options.ts";
import type { WorkerRole } from "./role.ts";

/** A process of a cluster, seen from within: what `serve` does there. */
export class Worker {
  private readonly role: WorkerRole;
  private readonly settings: Settings;
  private readonly connections: Connections;
  /** Those from which it accepts, by slot: its own, and those of slots that have no process. */
  private readonly servers = new Map<number, Server>();
  private orphans: ReadonlySet<number> = new Set();
  private readonly changed = new Event();
  private readonly stopAsked = new Event();

  constructor(role: WorkerRole, handler: Handler, settings: Settings) {
    this.role = role;
    this.settings = settings;
    this.connections = new Connections(handler, settings);
  }

  /** Serves until it is told to stop or the supervisor is gone, and then ends the process. */
  *run(): Coroutine<never> {
    this.listenToSupervisor();
    const serving = yield* spawn(() => this.serve(), { name: "serve" });
    const beating = yield* spawn(() => this.beat(), { name: "heartbeat" });
    yield* this.stopAsked.wait();
    yield* this.connections.drain(serving);
    yield* beating.cancel();
    yield* this.leave();
    process.exit();
  }

  /** Signals from a terminal go to all processes of its group; they are for the supervisor to act on. */
  private listenToSupervisor(): void {
    // The supervisor was killed before this process came here, and its `disconnect` was for nobody.
    if (!process.connected) process.exit(1);
    process.on("message", (order: Order) => this.obey(order));
    process.on("disconnect", () => {
      this.stop();
      // Nobody is left who would kill it if a handler does not end.
      setTimeout(() => process.exit(1), this.settings.graceMs + ENDING_MS_MAX).unref();
    });
    process.on("SIGTERM", () => this.stop());
    for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => {});
  }

  private obey(order: Order): void {
    if (order.type === "stop") this.stop();
    else {
      this.orphans = new Set(order.slots);
      this.changed.set();
    }
  }

  private stop(): void {
    this.stopAsked.set();
    this.changed.set();
  }

  /** Accepts from its own socket, and from those that nobody else accepts from. */
  private *serve(): Coroutine<void> {
    yield* this.open(this.role.slot);
    this.tell({ type: "ready" });
    while (!this.stopAsked.isSet) {
      yield* this.changed.wait();
      this.changed.clear();
      yield* this.cover();
    }
    // Inherited ones, too: what nobody listens on any more refuses connections, and none waits in vain.
    for (const fd of new Set(this.role.listeners)) closeSync(fd);
    for (const server of this.servers.values()) yield* server.stop();
  }

  private *cover(): Coroutine<void> {
    for (const slot of this.orphans) if (!this.servers.has(slot)) yield* this.open(slot);
    for (const [slot, server] of this.servers) {
      if (slot === this.role.slot || this.orphans.has(slot)) continue;
      this.servers.delete(slot);
      yield* server.stop();
    }
  }

  private *open(slot: number): Coroutine<void> {
    const server = yield* listen({ ...this.settings.listen, fd: this.role.listeners[slot]! });
    this.servers.set(slot, server);
    yield* spawn(() => this.connections.serve(server), { name: `accept ${slot}` });
  }

  private *beat(): Coroutine<never> {
    // The supervisor kills what hangs, and is faster. But it may be gone, which who hangs cannot notice.
    const death = makeDeathTimer();
    for (;;) {
      setSignalTimer(death, 2 * this.settings.hangMs, 0);
      this.tell({ type: "heartbeat", counters: this.connections.counters });
      yield* sleep(this.settings.heartbeatMs);
    }
  }

  /** The supervisor closes the channel when it has read the last report. */
  private *leave(): Coroutine<void> {
    const gone = new Event();
    process.on("disconnect", () => gone.set());
    if (!process.connected) return;
    this.tell({ type: "finished", counters: this.connections.counters });
    yield* gone.wait();
  }

  private tell(report: Report): void {
    // Without a supervisor there is nobody to tell, which `disconnect` tells us.
    if (process.connected) process.send!(report, () => {});
  }
}
