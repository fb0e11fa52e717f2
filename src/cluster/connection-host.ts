import { isMainThread, parentPort } from "node:worker_threads";
import { adopt } from "../net/index.ts";
import { Event } from "../sync/index.ts";
import { dieWithParent } from "../sys/index.ts";
import { type Coroutine, race, sleep, spawn } from "../task/index.ts";
import { Connections } from "./connections.ts";
import type { Order, Report } from "./messages.ts";
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
    // A handler may compute for ever, and then would not notice that who accepts was killed. A thread ends with it anyway.
    if (isMainThread) dieWithParent();
    yield* this.tell({ type: "ready" });
    const beating = yield* spawn(() => this.beat(), { name: "heartbeat" });
    const serving = yield* spawn(() => this.connections.attend(socket), { name: "connection" });
    yield* race([serving, this.stopAsked.wait()]);
    if (this.stopAsked.isSet) yield* this.connections.drain(serving);
    yield* beating.cancel();
    yield* this.tell({ type: "finished", counters: this.connections.counters });
    process.exit();
  }

  private listenToServer(): void {
    const obey = ({ type }: Order) => {
      if (type === "stop") this.stopAsked.set();
    };
    if (isMainThread) {
      process.on("message", obey);
      for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => {});
    } else {
      parentPort!.on("message", obey);
    }
  }

  private *beat(): Coroutine<never> {
    for (;;) {
      yield* sleep(this.settings.heartbeatMs);
      yield* this.tell({ type: "heartbeat", counters: this.connections.counters });
    }
  }

  /** Done when it is on its way. */
  private *tell(report: Report): Coroutine<void> {
    if (!isMainThread) {
      parentPort!.postMessage(report);
      return;
    }
    const sent = new Event();
    process.send!(report, (error: Error | null) => {
      // Who accepts was gone before the kernel could tell.
      if (error) process.exit(1);
      sent.set();
    });
    yield* sent.wait();
  }
}
