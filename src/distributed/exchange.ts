import type { Queue as BullQueue, QueueEvents as BullQueueEvents, JobsOptions } from "bullmq";
import { BrokenExecutor } from "../executors/index.ts";
import { cancelChannel } from "./cancel-channel.ts";
import { Connections } from "./connections.ts";
import type { DistributedSettings } from "./distributed-options.ts";
import { type Ending, encodeFailure, type JobData, type Ticket } from "./job-data.ts";
import { Queue, QueueEvents } from "./libraries.ts";

/** Who wants to know what becomes of jobs. */
export interface ExchangeListener {
  /** A worker has begun with the job, maybe once more. */
  began(id: string): void;
  /** @param payload encoded */
  progressed(id: string, payload: string): void;
  /** Told once for each job, unless it is discarded. */
  ended(id: string, ending: Ending): void;
  /** There are no jobs here any more. */
  emptied(): void;
  /** Redis cannot be used, or was away for too long. */
  failed(error: Error): void;
}

/** A job of ours in Redis. */
interface Entry {
  readonly ticket: Ticket;
  /** Whether Redis has said that it knows it, or need not. Before that it is not removed: a repeated try would add it once more. */
  isAdded: boolean;
  /** Whether nobody waits for its end any more. */
  isOver: boolean;
}

/** So often jobs are looked at of which nothing was heard: an event can be lost, for Redis keeps no more than 10,000 of a queue. */
const REVIEW_MS = 5000;

/** So many are looked at then. */
const REVIEWED_MAX = 200;

/** Jobs of this thread in Redis: adds them, tells of their end, and removes them then. */
export class Exchange {
  /** Redis is reached; rejected with the remedy if it is not. */
  readonly opened: Promise<void>;
  private readonly settings: DistributedSettings;
  private readonly listener: ExchangeListener;
  private readonly isOwner: boolean;
  private readonly connections: Connections;
  private readonly queue: BullQueue<JobData>;
  private events: BullQueueEvents | undefined = undefined;
  private readonly entries = new Map<string, Entry>();
  /** The process stays alive for it, until Redis is reached and as long as there are jobs; for the connections it does not. */
  private readonly timer: NodeJS.Timeout;
  private isClosed = false;

  /** @param isOwner whether jobs are to be removed when they are over, which is for one exchange alone */
  constructor(settings: DistributedSettings, listener: ExchangeListener, isOwner = true) {
    const { redis, queue, prefix } = settings;
    this.settings = settings;
    this.listener = listener;
    this.isOwner = isOwner;
    this.connections = new Connections(redis, true);
    this.queue = new Queue<JobData>(queue, { connection: this.connections.main, prefix });
    this.queue.on("error", () => {});
    this.timer = setInterval(() => this.review(REVIEWED_MAX), REVIEW_MS);
    this.opened = this.open();
    this.opened.catch((error: Error) => this.fail(error));
  }

  get isEmpty(): boolean {
    return this.entries.size === 0;
  }

  /** Has a job done. */
  add(ticket: Ticket): void {
    const entry: Entry = { ticket, isAdded: false, isOver: false };
    this.entries.set(ticket.id, entry);
    this.timer.ref();
    this.send(entry);
  }

  /** Has a job not done, or ended if it is being done already. Its end is not told. */
  discard(id: string): void {
    const entry = this.entries.get(id);
    if (entry) this.finish(entry);
  }

  /** Gives up all jobs, and closes the connections. */
  fail(error: Error): void {
    if (this.isClosed) return;
    this.close();
    this.entries.clear();
    this.listener.failed(error);
  }

  /** Closes the connections. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.timer);
    this.events?.close().catch(() => {});
    this.queue.close().catch(() => {});
    this.connections.cut();
  }

  private async open(): Promise<void> {
    const { connections, settings } = this;
    const { queue, prefix, awayMs } = settings;
    const connection = connections.main;
    await connections.opened();
    connections.watch({
      awayMs,
      gone: (error) => this.fail(error),
      // What was told meanwhile is lost.
      back: () => this.review(Number.POSITIVE_INFINITY),
    });
    // What happens before the first look at the events is not to be missed.
    const [seconds, microseconds] = await connection.time();
    const lastEventId = `${seconds * 1000 + Math.floor(microseconds / 1000) - 1}`;
    // Any other time-out is also a timer of BullMQ's, for which the process would stay alive.
    const events = new QueueEvents(queue, { connection, prefix, lastEventId, blockingTimeout: 0 });
    events.on("error", () => {});
    events.on("active", ({ jobId }) => this.begin(jobId));
    events.on("progress", ({ jobId, data }) => this.progress(jobId, data as string));
    events.on("completed", ({ jobId, returnvalue }) => this.end(jobId, true, returnvalue));
    events.on("failed", ({ jobId, failedReason }) => this.end(jobId, false, failedReason));
    this.events = events;
    if (this.isEmpty) this.timer.unref();
  }

  private async send(entry: Entry): Promise<void> {
    const { attempts, backOffMs, keepJobs, resultSeconds } = this.settings;
    const { id, data, priority } = entry.ticket;
    const keep = keepJobs ? false : { age: resultSeconds };
    const options: JobsOptions = {
      jobId: id,
      priority,
      attempts,
      backoff: { type: "exponential", delay: backOffMs },
      removeOnComplete: keep,
      removeOnFail: keep,
    };
    try {
      await this.opened;
      if (!entry.isOver) await this.queue.add(`${data.module}.${data.name}`, data, options);
    } catch (error) {
      if (this.isClosed) return;
      this.conclude(entry, { isResult: false, payload: encodeFailure(error) });
      return this.remove(id);
    }
    entry.isAdded = true;
    if (entry.isOver) await this.clear(entry);
    // The job may have been there, and may have ended before we listened: no event will tell.
    else if (!this.isOwner) await this.look(entry);
  }

  private begin(id: string): void {
    if (this.entries.get(id)?.isOver === false) this.listener.began(id);
  }

  private progress(id: string, payload: string): void {
    if (this.entries.get(id)?.isOver === false) this.listener.progressed(id, payload);
  }

  private end(id: string, isResult: boolean, payload: string): void {
    const entry = this.entries.get(id);
    if (entry) this.conclude(entry, { isResult, payload });
  }

  private conclude(entry: Entry, ending: Ending): void {
    const { isOver } = entry;
    this.finish(entry);
    if (!isOver) this.listener.ended(entry.ticket.id, ending);
  }

  private finish(entry: Entry): void {
    entry.isOver = true;
    if (entry.isAdded) this.clear(entry);
  }

  /** Removes a job that is over. One that is being done cannot be removed until its worker has ended it. */
  private async clear({ ticket: { id } }: Entry): Promise<void> {
    try {
      const isGone = await this.leave(id);
      if (!isGone) return;
    } catch {
      // The next review tries again.
      return;
    }
    this.remove(id);
  }

  private async leave(id: string): Promise<boolean> {
    if (!this.isOwner) return true;
    if (this.settings.keepJobs && (await this.queue.getJob(id))?.finishedOn) return true;
    if ((await this.queue.remove(id, { removeChildren: false })) === 1) return true;
    await this.connections.main.publish(cancelChannel(this.settings), id);
    return false;
  }

  private remove(id: string): void {
    this.entries.delete(id);
    if (!this.isEmpty) return;
    this.timer.unref();
    this.listener.emptied();
  }

  /** Looks at jobs, those first of which nothing was heard for longest. */
  private async review(count: number): Promise<void> {
    if (this.connections.main.status !== "ready") return;
    const some = [...this.entries.values()].filter(({ isAdded }) => isAdded).slice(0, count);
    for (const entry of some) {
      const { id } = entry.ticket;
      this.entries.delete(id);
      this.entries.set(id, entry);
    }
    await Promise.all(some.map((entry) => (entry.isOver ? this.clear(entry) : this.look(entry))));
  }

  private async look(entry: Entry): Promise<void> {
    const { id } = entry.ticket;
    const job = await this.queue.getJob(id).catch(() => null);
    if (job === null || entry.isOver) return;
    if (job === undefined) this.end(id, false, encodeFailure(forgotten(entry.ticket)));
    else if (typeof job.returnvalue === "string") this.end(id, true, job.returnvalue);
    else if (job.finishedOn) this.end(id, false, job.failedReason);
    else if (job.processedOn) this.begin(id);
  }
}

function forgotten({ data: { name } }: Ticket): Error {
  return new BrokenExecutor(
    `Redis does not know the job of ${name}() any more: somebody has removed it, or Redis was started without what it knew. Have it keep its memory (appendonly yes)`,
  );
}
