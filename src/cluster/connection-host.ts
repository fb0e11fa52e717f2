import { isMainThread, parentPort } from "node:worker_threads";
import { adopt } from "../net/index.ts";
import { Event } from "../sync/index.ts";
import { type Coroutine, race, spawn } from "../task/index.ts";
import { Connections } from "./connections.ts";
import type { Order, Taken } from "./messages.ts";
import type { Handler, Settings } from "./options.ts";

/** A thread or process that serves one connection, seen from within. */
export class ConnectionHost {
  private readonly descriptor: number;
  private readonly settings: Settings;
  private readonly connections: Connections;
  private readonly stopAsked = new Event();

  constructor(descriptor: number, handler: Handler, settings: Settings) {
    this.descriptor = descriptor;
    this.settings = settings;
    this.connections = new Connections(handler, settings);
  }

  /** Serves it, and ends the thread or process. */
  *run(): Coroutine<never> {
    const { allowHalfOpen = false } = this.settings.listen;
    const socket = adopt(this.descriptor, { allowHalfOpen });
    this.listenToServer();
    const serving = yield* spawn(() => this.connections.attend(socket), { name: "connection" });
    yield* race([serving, this.stopAsked.wait()]);
    if (this.stopAsked.isSet) yield* this.connections.drain(serving);
    process.exit(this.connections.counters.failed);
  }

  private listenToServer(): void {
    const obey = ({ type }: Order) => {
      if (type === "stop") this.stopAsked.set();
    };
    const taken: Taken = { type: "taken" };
    if (isMainThread) {
      process.on("message", obey).on("disconnect", () => this.stopAsked.set());
      for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => {});
      process.send!(taken);
    } else {
      parentPort!.on("message", obey);
      parentPort!.postMessage(taken);
    }
  }
}
