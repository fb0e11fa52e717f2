import { Channel, Event } from "../sync/index.ts";
import { all, type Coroutine, race, sleep, spawn, TimeoutError, timeout } from "../task/index.ts";
import { BackOff } from "./back-off.ts";
import { ENDING_MS_MAX, type Settings } from "./options.ts";
import { addCounters, NO_COUNTERS, type ProcessStatus } from "./status.ts";
import { WorkerProcess } from "./worker-process.ts";

/** A wish for a new process in a slot. */
class Succession {
  readonly settled = new Event();
  /** Why there is none; the old one goes on. */
  error: Error | null = null;

  settle(error: Error | null): void {
    this.error = error;
    this.settled.set();
  }
}

/** A place in the cluster, in which there is a process at all times, or will be again soon. */
export class Slot {
  readonly index: number;
  private readonly settings: Settings;
  private readonly listeners: readonly number[];
  private readonly onChange: () => void;
  private readonly backOff: BackOff;
  private readonly successions = new Channel<Succession>({ capacity: Number.POSITIVE_INFINITY });
  /** The one in charge, and its predecessors that finish their connections. */
  private readonly processes = new Set<WorkerProcess>();
  private charge: WorkerProcess | null = null;
  private restarts = 0;
  private lastEnding: string | null = null;
  /** Of processes that have ended. */
  private past = NO_COUNTERS;

  /**
   * @param listeners descriptors of the listening sockets, by slot
   * @param onChange called when a process becomes ready or has ended
   */
  constructor(index: number, settings: Settings, listeners: readonly number[], onChange: () => void) {
    this.index = index;
    this.settings = settings;
    this.listeners = listeners;
    this.onChange = onChange;
    this.backOff = new BackOff(settings.backOff);
  }

  /** The process that accepts connections, if there is one at the moment. */
  get serving(): WorkerProcess | null {
    return this.charge?.isServing ? this.charge : null;
  }

  get all(): Iterable<WorkerProcess> {
    return this.processes;
  }

  get status(): ProcessStatus {
    const { charge } = this;
    const current = charge !== null && !charge.ended.isSet ? charge : null;
    const counters = [...this.processes].map((process) => process.counters).reduce(addCounters, this.past);
    const now = Date.now();
    return {
      slot: this.index,
      state: current === null ? "waiting" : current.isServing ? "serving" : "starting",
      pid: current?.pid ?? null,
      finishing: [...this.processes].flatMap(({ pid }) =>
        pid === undefined || pid === current?.pid ? [] : pid,
      ),
      uptimeMs: current ? now - current.startedAt : null,
      heartbeatAgeMs: current ? now - current.heartbeatAt : null,
      restarts: this.restarts,
      lastEnding: this.lastEnding,
      ...counters,
    };
  }

  /** Keeps a process in the slot, until it is cancelled: then all of the slot's finish their connections and end. */
  *keep(): Coroutine<never> {
    try {
      for (let succession: Succession | undefined; ; ) {
        const worker = this.start();
        this.putInCharge(worker);
        if (succession) yield* this.settle(succession, worker);
        yield* this.attend(worker);
        succession = yield* this.pause();
        this.restarts++;
      }
    } finally {
      yield* all([...this.processes].map((process) => () => retire(process, this.settings)));
    }
  }

  /**
   * Starts a new process in place of the present one, which goes on until the new one accepts connections.
   *
   * @throws ERR_WORKER_INIT_FAILED if the new one ends before; the present one then goes on
   */
  *renew(): Coroutine<void> {
    const succession = new Succession();
    yield* this.successions.send(succession);
    yield* succession.settled.wait();
    if (succession.error) throw succession.error;
  }

  private start(): WorkerProcess {
    const worker = new WorkerProcess(this.settings, {
      slot: this.index,
      listeners: this.listeners,
      onChange: () => this.changed(worker),
    });
    this.processes.add(worker);
    return worker;
  }

  private putInCharge(worker: WorkerProcess): void {
    this.charge = worker;
    this.onChange();
  }

  private changed(worker: WorkerProcess): void {
    if (worker.ended.isSet) {
      this.processes.delete(worker);
      this.past = addCounters(this.past, { ...worker.counters, open: 0, rssBytes: 0 });
    }
    this.onChange();
  }

  /** Until the process in charge has ended, which may be another one by then. */
  private *attend(first: WorkerProcess): Coroutine<void> {
    for (let worker = first; ; ) {
      const succession = yield* race([() => worker.watch(), this.successions.receive()]);
      if (!succession) {
        this.lastEnding = worker.ending;
        return;
      }
      const successor = this.start();
      if (!(yield* this.settle(succession, successor))) continue;
      this.putInCharge(successor);
      const predecessor = worker;
      yield* spawn(() => retire(predecessor, this.settings), { name: `retire ${predecessor.pid}` });
      worker = successor;
    }
  }

  /** @returns whether the successor has become ready */
  private *settle(succession: Succession, successor: WorkerProcess): Coroutine<boolean> {
    yield* race([successor.ready.wait(), () => successor.watch()]);
    const isReady = !successor.ended.isSet;
    const error = isReady ? null : renewalError(this.index, successor);
    succession.settle(error);
    return isReady;
  }

  /** After an end that nobody has asked for. @returns the wish for a new process that ended the pause, if one did */
  private *pause(): Coroutine<Succession | undefined> {
    const worker = this.charge!;
    const delayMs = this.backOff.next(worker.ready.isSet ? Date.now() - worker.startedAt : 0);
    const name = `${this.settings.name}: process ${this.index} (pid ${worker.pid ?? "none"})`;
    process.emitWarning(`${name} ${worker.ending}; it is started again in ${delayMs} ms`, {
      code: "PENTIO_CLUSTER_PROCESS_ENDED",
    });
    return (yield* race([sleep(delayMs), this.successions.receive()])) ?? undefined;
  }
}

/** Has a process finish its connections and end; one that does not is killed. */
function* retire(worker: WorkerProcess, { graceMs }: Settings): Coroutine<void> {
  worker.stop();
  try {
    yield* timeout(graceMs + ENDING_MS_MAX, () => worker.watch());
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    worker.kill();
    yield* worker.ended.wait();
  }
}

function renewalError(slot: number, worker: WorkerProcess): Error {
  const error = new Error(
    `The new process of slot ${slot} ${worker.ending} before it called serve(); the old one goes on`,
  );
  return Object.assign(error, { code: "ERR_WORKER_INIT_FAILED" });
}
