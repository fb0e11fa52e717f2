import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { Event } from "../sync/index.ts";
import { onProcessor } from "../sys/index.ts";
import { type Coroutine, race, sleep } from "../task/index.ts";
import { processorOf } from "./affinity.ts";
import type { Counters, Order, Report } from "./messages.ts";
import type { Settings } from "./options.ts";
import { roleEnvironment } from "./role.ts";
import { NO_COUNTERS } from "./status.ts";

/** Standard input, output and error, then the channel; what is inherited besides comes behind. */
const FIRST_INHERITED = 4;

/** What to start. */
export interface Start {
  readonly slot: number;
  /** Listening sockets, by slot; the same one may stand there several times. */
  readonly listeners: readonly number[];
  /** Called when it is ready, and when it has ended. */
  readonly onChange: () => void;
}

/** A process of a cluster, as its supervisor sees it. */
export class WorkerProcess {
  /** It accepts connections. */
  readonly ready = new Event();
  readonly ended = new Event();
  readonly startedAt = Date.now();
  counters: Counters = NO_COUNTERS;
  /** When its last heartbeat came, in milliseconds since the epoch. */
  heartbeatAt = Date.now();
  private readonly settings: Settings;
  private readonly child: ChildProcess;
  private readonly onChange: () => void;
  /** Looks at it since its last heartbeat. */
  private silentLooks = 0;
  private isHung = false;
  private isStopping = false;
  private error: Error | undefined;

  constructor(settings: Settings, { slot, listeners, onChange }: Start) {
    this.settings = settings;
    this.onChange = onChange;
    const inherited = [...new Set(listeners)];
    const role = { slot, listeners: listeners.map((fd) => FIRST_INHERITED + inherited.indexOf(fd)) };
    const args = [...process.execArgv, settings.program, ...process.argv.slice(2)];
    const stdio: StdioOptions = ["ignore", "inherit", "inherit", "ipc", ...inherited];
    const start = () => spawn(process.execPath, args, { stdio, env: roleEnvironment(role) });
    const processor = processorOf(slot, settings);
    this.child = processor === undefined ? start() : onProcessor(processor, start);
    this.child.on("message", (report: Report) => this.hear(report));
    this.child.once("exit", () => this.end());
    this.child.once("error", (error) => {
      this.error = error;
      if (this.child.pid === undefined) this.end();
    });
  }

  /** Undefined if it could not be started. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Whether it accepts connections and is to go on. */
  get isServing(): boolean {
    return this.ready.isSet && !this.isStopping && !this.ended.isSet;
  }

  /** How it has ended, for people. */
  get ending(): string {
    const { exitCode, signalCode } = this.child;
    if (this.isHung) return `hung: no heartbeat for ${this.silenceMs} ms`;
    if (this.error) return this.error.message;
    return signalCode === null ? `ended with exit status ${exitCode}` : `ended by ${signalCode}`;
  }

  /** Has it finish its connections and end. */
  stop(): void {
    this.isStopping = true;
    this.tell({ type: "stop" });
  }

  /** Has it accept from the sockets of these slots too, and from no others. */
  cover(slots: readonly number[]): void {
    this.tell({ type: "cover", slots });
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.child.kill(signal);
  }

  /** Waits for its end, and kills it when it hangs. */
  *watch(): Coroutine<void> {
    yield* race([this.ended.wait(), () => this.killIfHung()]);
  }

  private *killIfHung(): Coroutine<never> {
    const { heartbeatMs } = this.settings;
    for (;;) {
      yield* sleep(heartbeatMs);
      // Looks are counted, not time: when the supervisor or the whole machine was held up, one look has passed.
      this.silentLooks++;
      if (this.silentLooks * heartbeatMs <= this.silenceMs) continue;
      this.isHung = true;
      this.kill();
    }
  }

  /** How long it may be silent. */
  private get silenceMs(): number {
    return this.ready.isSet ? this.settings.hangMs : this.settings.startMs;
  }

  private hear(report: Report): void {
    this.silentLooks = 0;
    if (report.type === "ready") {
      this.ready.set();
      this.onChange();
      return;
    }
    this.heartbeatAt = Date.now();
    this.counters = report.counters;
    if (report.type === "finished") this.child.disconnect();
  }

  private end(): void {
    if (this.ended.isSet) return;
    this.ended.set();
    this.onChange();
  }

  private tell(order: Order): void {
    // One that ends just now is told nothing more; its end is.
    if (this.child.connected) this.child.send(order, () => {});
  }
}
