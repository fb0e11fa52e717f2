import { isMainThread } from "node:worker_threads";
import { listen, type Server } from "../net/index.ts";
import { Event } from "../sync/index.ts";
import type { SocketAddress } from "../sys/index.ts";
import { type Coroutine, currentLoop, misuse, race, scope, spawn, Task } from "../task/index.ts";
import { processorOf } from "./affinity.ts";
import type { Form } from "./form.ts";
import type { Settings } from "./options.ts";
import { Slot } from "./slot.ts";
import { addressText, type ClusterStatus } from "./status.ts";

/** Holds the listening sockets, and keeps a process in each slot. It accepts nothing itself. */
export class Supervisor implements Form {
  private readonly settings: Settings;
  private readonly servers: readonly Server[];
  private readonly slots: readonly Slot[];
  private readonly startedAt = Date.now();
  private readonly reloadAsked = new Event();
  private readonly stopping = new Event();

  /** @param servers one for each slot, or one for all */
  private constructor(settings: Settings, servers: readonly Server[]) {
    this.settings = settings;
    this.servers = servers;
    const indices = Array.from({ length: settings.processes }, (_, index) => index);
    const listeners = indices.map((index) => servers[index % servers.length]!.fd);
    this.slots = indices.map((index) => new Slot(index, settings, listeners, () => this.assignOrphans()));
  }

  /** Opens the listening sockets. Their connections wait in the kernel until there are processes. */
  static *open(settings: Settings): Coroutine<Supervisor> {
    const { isShared, processes } = settings;
    if (isShared && processes > 1 && sharesNothing(settings)) throw unshareable();
    const first = yield* listen(settings.listen);
    if (isShared) return new Supervisor(settings, [first]);
    // It was to find out whether the port is free, for sockets that share a port share it with whoever comes.
    const { port } = first;
    yield* first.close();
    const servers: Server[] = [];
    try {
      while (servers.length < processes) {
        const incomingCpu = processorOf(servers.length, settings);
        servers.push(yield* listen({ ...settings.listen, port, reusePort: true, incomingCpu }));
      }
    } catch (error) {
      for (const server of servers) yield* server.close();
      throw error;
    }
    return new Supervisor(settings, servers);
  }

  get address(): SocketAddress {
    return this.servers[0]!.address;
  }

  get status(): ClusterStatus {
    const { name, isShared } = this.settings;
    return {
      name,
      pid: process.pid,
      address: addressText(this.address),
      uptimeMs: Date.now() - this.startedAt,
      listeners: isShared ? "shared" : "own",
      processes: this.slots.map(({ status }) => status),
    };
  }

  /** Supervises until it is cancelled; then the processes finish their connections and end. */
  *run(): Coroutine<void> {
    const ignoreSignals = this.heedSignals(Task.current!);
    try {
      // Signals are heeded until the last process has ended.
      yield* scope(() => this.supervise(), { name: "supervise" });
    } finally {
      // It may have been cancelled before it had begun.
      yield* this.stopListening();
      ignoreSignals();
    }
  }

  /**
   * Starts a new process in each slot, one after the other; each old one goes on until the new one accepts connections.
   *
   * @throws ERR_INVALID_STATE when the cluster stops: nobody renews slots any more
   */
  *reload(): Coroutine<void> {
    yield* race([() => this.renewAll(), this.stopping.wait()]);
    if (this.stopping.isSet) throw misuse("The cluster stops, or has stopped: there is nothing to reload");
  }

  private *renewAll(): Coroutine<void> {
    for (const slot of this.slots) yield* slot.renew();
  }

  private *supervise(): Coroutine<never> {
    try {
      for (const slot of this.slots) yield* spawn(() => slot.keep(), { name: `slot ${slot.index}` });
      for (;;) {
        yield* this.reloadAsked.wait();
        this.reloadAsked.clear();
        yield* this.tryReload();
      }
    } finally {
      yield* this.stopListening();
    }
  }

  private *stopListening(): Coroutine<void> {
    this.stopping.set();
    for (const server of this.servers) yield* server.close();
  }

  private *tryReload(): Coroutine<void> {
    try {
      yield* this.reload();
    } catch (error) {
      const { message } = error as Error;
      process.emitWarning(`${this.settings.name}: ${message}`, { code: "PENTIO_CLUSTER_RELOAD_FAILED" });
    }
  }

  /** @returns ends it */
  private heedSignals(task: Task<unknown>): () => void {
    // Workers of Node's hear no signals.
    if (!isMainThread) return () => {};
    let isStopping = false;
    const stop = () => {
      if (isStopping) this.signal("SIGKILL");
      isStopping = true;
      task.cancel();
    };
    const heeded: [NodeJS.Signals, () => void][] = [
      ["SIGTERM", stop],
      ["SIGINT", stop],
      ["SIGHUP", () => this.reloadAsked.set()],
      ...this.settings.passOn.map((signal): [NodeJS.Signals, () => void] => [
        signal,
        () => this.signal(signal),
      ]),
    ];
    for (const [signal, heed] of heeded) process.on(signal, heed);
    return () => {
      for (const [signal, heed] of heeded) process.off(signal, heed);
    };
  }

  private signal(signal: NodeJS.Signals): void {
    for (const slot of this.slots) for (const process of slot.all) process.kill(signal);
  }

  /** Has those who serve accept also from the sockets of slots that have no process; else connections would wait there. */
  private assignOrphans(): void {
    if (this.settings.isShared || sharesNothing(this.settings)) return;
    const orphans = this.slots.filter(({ serving }) => serving === null).map(({ index }) => index);
    for (const { serving } of this.slots) serving?.cover(orphans);
  }
}

/** Signals of a socket go to one process: the last that has asked for them. */
function sharesNothing({ listen }: Settings): boolean {
  return currentLoop(listen.model).model === "signal";
}

function unshareable(): Error {
  const message =
    'On the signal model one process hears of a socket, so processes cannot share one: choose another model, or listeners: "own" on a TCP port';
  return Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_VALUE" });
}
