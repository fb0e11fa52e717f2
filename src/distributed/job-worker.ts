import type { Worker as BullWorker, Job } from "bullmq";
import { type Future, ProcessPoolExecutor, ThreadPoolExecutor } from "../executors/index.ts";
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

/** Takes jobs from a queue, and has threads or processes of its own make the calls: its own thread stays free to keep them its own. */
export class JobWorker {
  private readonly options: JobWorkerOptions;
  private readonly connections: Connections;
  private readonly pool: ThreadPoolExecutor | ProcessPoolExecutor;
  private readonly running = new Map<string, Future<unknown>>();
  private worker: BullWorker<JobData, string> | undefined = undefined;
  private isGivingBack = false;

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

  /** Begins to take jobs. @throws with the remedy if Redis cannot be reached */
  async start(): Promise<void> {
    const { connections, options } = this;
    const { queue, prefix, concurrency, lockMs, recoveries, log } = options;
    const connection = connections.main;
    await connections.opened().catch((error: Error) => {
      connections.cut();
      throw error;
    });
    let isAway = false;
    connection.on("close", () => {
      if (!isAway && !this.worker?.closing) log("Redis is away; trying again until it is back");
      isAway = true;
    });
    connection.on("ready", () => {
      isAway = false;
      log("Redis is back");
    });
    const orders = connections.make();
    orders.on("message", (_channel, id) => this.running.get(id)?.cancel({ running: true }));
    await orders.subscribe(cancelChannel(options));
    this.worker = new Worker<JobData, string>(queue, (job, token) => this.make(job, token!), {
      connection,
      prefix,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: lockMs / 2,
      maxStalledCount: recoveries,
      runRetryDelay: RETRY_MS,
    });
    this.worker.on("error", (error) => log(error.message));
    this.worker.on("stalled", (id) => log(`job ${id} was lost by its worker, and is made again`));
    await this.worker.waitUntilReady();
  }

  /**
   * Takes no more jobs, and waits until those that are being made are done; what is not after the time is ended, and given back
   * to the queue.
   *
   * @returns how many were given back
   */
  async stop(graceMs: number): Promise<number> {
    let givenBack = 0;
    const timer = setTimeout(() => {
      this.isGivingBack = true;
      for (const future of this.running.values()) if (future.cancel({ running: true })) givenBack++;
    }, graceMs);
    await this.worker?.close();
    clearTimeout(timer);
    this.connections.cut();
    await this.pool.shutdown();
    return givenBack;
  }

  /** Ends what is being made at once: other workers find out, and make it again. */
  abandon(): void {
    this.pool.terminate();
  }

  /** Jobs that are being made. */
  get size(): number {
    return this.running.size;
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
      if (!future?.cancelled) throw failureOf(error);
      if (!this.isGivingBack) throw new UnrecoverableError(encodeFailure(error));
      await job.moveToWait(token);
      throw new WaitingError();
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
