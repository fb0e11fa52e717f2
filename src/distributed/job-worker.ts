import { setTimeout as delay } from "node:timers/promises";
import type { Worker as BullWorker, Job } from "bullmq";
import { BrokenExecutor, type Future, ProcessPoolExecutor, ThreadPoolExecutor } from "../executors/index.ts";
import { cancelChannel } from "./cancel-channel.ts";
import { Connections } from "./connections.ts";
import { decode, encode, encodeFailure, type JobData } from "./job-data.ts";
import { UnrecoverableError, WaitingError, Worker } from "./libraries.ts";
import { ProgressSender } from "./progress-sender.ts";
import type { TaskModules } from "./task-modules.ts";

/** How a worker works. */
export interface JobWorkerOptions {
  readonly redis: string;
  readonly queue: string;
  readonly prefix: string;
  readonly modules: TaskModules;
  /** Calls at a time. */
  readonly concurrency: number;
  /** What each call is made in. */
  readonly per: "process" | "thread";
  /** Milliseconds for which a job is the worker's, unless it says again that it is. */
  readonly lockMs: number;
  /** Times that a job is made again whose worker was lost. */
  readonly recoveries: number;
  /** Says what happens, to people. */
  readonly log: (text: string) => void;
}

/** Before what failed for want of Redis is tried again. */
const RETRY_MS = 1000;

/** For so long Redis is told of what has ended at last. */
const FAREWELL_MS = 5000;

/** Takes jobs from a queue, and has threads or processes of its own make the calls: its own thread stays free to keep them its own. */
export class JobWorker {
  private readonly options: JobWorkerOptions;
  private readonly connections: Connections;
  private readonly pool: ThreadPoolExecutor | ProcessPoolExecutor;
  private readonly running = new Map<string, Future<unknown>>();
  private worker: BullWorker<JobData, string> | undefined = undefined;
  private isAway = false;
  private isStopping = false;
  private givenBack = 0;

  constructor(options: JobWorkerOptions) {
    this.options = options;
    const { concurrency, per, redis } = options;
    const Pool = per === "thread" ? ThreadPoolExecutor : ProcessPoolExecutor;
    this.pool = new Pool({ maxWorkers: concurrency });
    this.connections = new Connections(redis, false);
  }

  /** Where Redis is, for people. */
  get place(): string {
    return this.connections.place;
  }

  /** Jobs that are being made. */
  get size(): number {
    return this.running.size;
  }

  /** Begins to take jobs. @throws with the remedy if Redis cannot be reached */
  async start(): Promise<void> {
    const { connections, options } = this;
    const { queue, prefix, concurrency, lockMs, recoveries, log } = options;
    await connections.opened().catch((error: Error) => {
      connections.cut();
      throw error;
    });
    this.reportAbsence();
    await this.takeOrders();
    this.worker = new Worker<JobData, string>(queue, (job, token) => this.make(job, token!), {
      connection: connections.main,
      prefix,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: lockMs / 2,
      maxStalledCount: recoveries,
      runRetryDelay: RETRY_MS,
    });
    this.worker.on("error", (error) => {
      if (!this.isAway) log(error.message);
    });
    this.worker.on("stalled", (id) => log(`job ${id} was lost by its worker, and is made again`));
    await this.worker.waitUntilReady();
  }

  /**
   * Takes no more jobs, and waits until those that are being made are done; what is not after the time is ended, and given back
   * to the queue.
   *
   * @returns how many were given back
   * @throws if Redis cannot be told of the last of it: then {@link abandon} is what is left to do
   */
  async stop(graceMs: number): Promise<number> {
    this.isStopping = true;
    const giveBack = setTimeout(() => {
      for (const future of this.running.values()) future.cancel({ running: true });
    }, graceMs);
    // BullMQ waits for Redis, however long it is away.
    const late = delay(graceMs + FAREWELL_MS, true, { ref: false });
    const isLate = await Promise.race([this.worker!.close(), late]);
    if (isLate) throw this.connections.unreachable(new Error("it does not answer"));
    clearTimeout(giveBack);
    this.connections.cut();
    await this.pool.shutdown();
    return this.givenBack;
  }

  /** Ends the process, and what is being made, at once: other workers find out, and make it again. */
  abandon(): never {
    this.pool.terminate();
    process.exit(1);
  }

  private reportAbsence(): void {
    const { log } = this.options;
    this.connections.main.on("close", () => {
      if (!this.isAway && !this.isStopping) log("Redis is away; trying again until it is back");
      this.isAway = true;
    });
    this.connections.main.on("ready", () => {
      this.isAway = false;
      log("Redis is back");
    });
  }

  /** Ends what callers have cancelled. */
  private async takeOrders(): Promise<void> {
    const connection = this.connections.make();
    connection.on("message", (_channel, id) => this.running.get(id)?.cancel({ running: true }));
    await connection.subscribe(cancelChannel(this.options));
  }

  private async make(job: Job<JobData, string>, token: string): Promise<string> {
    const progress = new ProgressSender(job);
    let future: Future<unknown> | undefined;
    try {
      const { args, isChunk } = job.data;
      // Its queue takes any number.
      future = this.pool.trySubmit(this.options.modules.find(job.data), decode(args) as unknown[], isChunk)!;
      this.running.set(job.id!, future);
      future.addProgressCallback((value) => progress.send(value));
      return encode(await future.result());
    } catch (error) {
      const isCancelled = future?.cancelled ?? false;
      // A signal from the terminal ends the processes of the pool, too.
      if (this.isStopping && (isCancelled || error instanceof BrokenExecutor)) {
        this.givenBack++;
        await job.moveToWait(token);
        throw new WaitingError();
      }
      if (isCancelled) throw new UnrecoverableError(encodeFailure(error));
      throw failureOf(error);
    } finally {
      // The same job may be here twice, if it was thought to be lost.
      if (this.running.get(job.id!) === future) this.running.delete(job.id!);
      await progress.done;
    }
  }
}

/** As BullMQ takes it: the message is what the caller is told, the stack is for those who look at the queue. */
function failureOf(thrown: unknown): Error {
  const error = new Error(encodeFailure(thrown));
  if (thrown instanceof Error && thrown.stack) error.stack = thrown.stack;
  return error;
}
