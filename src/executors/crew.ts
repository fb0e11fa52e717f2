import { Condition, Event } from "../sync/index.ts";
import { TimeoutError } from "../task/index.ts";
import { Backlog } from "./backlog.ts";
import type { CallTaker } from "./base-executor.ts";
import { type AnyFunction, Call, type CallOwner } from "./call.ts";
import { BrokenExecutor, shutDownError } from "./errors.ts";
import type { ExecutorSettings } from "./executor-options.ts";
import { PoolWorker, type WorkerOwner } from "./pool-worker.ts";
import type { LinkMaker } from "./worker-link.ts";

/** The workers of an executor, and the calls that wait for them. */
export class Crew implements CallTaker, CallOwner, WorkerOwner {
  readonly roomCame = new Condition();
  /** All was done, and all workers have ended. */
  readonly end = new Event();
  private readonly settings: ExecutorSettings;
  private readonly backlog: Backlog;
  private readonly links: LinkMaker;
  /** Those that work or could. */
  private readonly workers = new Set<PoolWorker>();
  /** Those that could; who was last to work is first to work again. */
  private readonly idle: PoolWorker[] = [];
  /** Those that have not ended yet, among them such as are ending. */
  private readonly alive = new Set<PoolWorker>();
  private isClosed = false;
  private broken: BrokenExecutor | null = null;

  constructor(settings: ExecutorSettings, links: LinkMaker) {
    this.settings = settings;
    this.backlog = new Backlog(this.workers, settings.maxTasksPerWorker);
    this.links = links;
  }

  get size(): number {
    return this.workers.size;
  }

  /** Calls that wait, as far as this thread knows. */
  get waiting(): number {
    return this.backlog.size;
  }

  /** Takes a call to a worker or into the queue. */
  take(fn: AnyFunction, args: readonly unknown[], isChunk: boolean): Call | null {
    if (this.broken) throw this.broken;
    if (this.isClosed) throw shutDownError();
    const worker = this.backlog.isQueueEmpty ? this.findWorker() : undefined;
    if (!worker && !this.hasRoom()) return null;
    const call = new Call(this, fn, args, isChunk);
    if (worker) {
      worker.begin(call);
      if (worker.isIdle) this.rest(worker);
    } else this.backlog.push(call);
    return call;
  }

  /** Takes no more calls, and ends the workers when all are done. */
  close(): void {
    this.isClosed = true;
    for (const worker of this.idle.splice(0)) this.retire(worker);
    this.roomCame.notifyAll();
    this.endIfAllIsDone();
  }

  cancelWaiting(): void {
    for (let call = this.backlog.shift(); call; call = this.backlog.shift()) call.cancelUnqueued();
  }

  /** Ends all workers at once; the calls that they make are cancelled. */
  terminate(): void {
    for (const worker of [...this.workers]) worker.cancel();
  }

  blockFor(call: Call, timeoutMs: number): void {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      this.links.mark();
      const progress = this.takeAnswers();
      const leftMs = Math.min(deadline, this.nextDeadline()) - performance.now();
      if (call.done || deadline <= performance.now()) return;
      if (progress) continue;
      this.links.sleep(Math.max(0, leftMs));
      for (const worker of this.workers) {
        worker.lookForEnd();
        worker.expire();
      }
    }
  }

  interrupt(call: Call): boolean {
    return [...this.workers].some((worker) => worker.abandon(call));
  }

  forget(): void {
    this.backlog.forget();
    this.roomCame.notify();
  }

  free(worker: PoolWorker): void {
    if (worker.sent >= this.settings.maxTasksPerWorker) {
      this.retire(worker);
      this.supply();
      return;
    }
    for (let call = this.backlog.shift(); call; call = this.backlog.shift()) {
      worker.begin(call);
      if (!worker.isIdle) return;
    }
    if (this.isClosed) this.retire(worker);
    else this.rest(worker);
  }

  progressed(): void {
    this.backlog.sendAhead();
    const { queueCapacity, maxWorkers } = this.settings;
    if (queueCapacity === Number.POSITIVE_INFINITY) return;
    // A worker that could be started takes a call even where none may wait.
    const startable = maxWorkers - this.workers.size;
    this.roomCame.notify(Math.max(0, queueCapacity - this.backlog.size) + startable);
  }

  requeue(calls: readonly Call[]): void {
    this.backlog.unshift(calls);
  }

  lost(worker: PoolWorker): void {
    this.remove(worker);
    this.supply();
  }

  gone(worker: PoolWorker): void {
    this.alive.delete(worker);
    this.endIfAllIsDone();
  }

  unusable(cause: unknown): void {
    const error = new BrokenExecutor(
      "The executor's initializer has failed: nothing can be submitted any more",
      {
        cause,
      },
    );
    this.broken ??= error;
    for (const worker of [...this.workers]) {
      this.remove(worker);
      worker.fail(error);
    }
    for (let call = this.backlog.shift(); call; call = this.backlog.shift()) {
      call.setRunningOrNotifyCancel();
      call.setException(error);
    }
    this.roomCame.notifyAll();
  }

  late(worker: PoolWorker): void {
    const { initializer, startMs } = this.settings;
    const cause = new TimeoutError(`it was not ready within ${startMs} ms`);
    if (initializer === null) worker.giveUp(cause);
    else this.unusable(cause);
  }

  private findWorker(): PoolWorker | undefined {
    const worker = this.idle.pop();
    if (worker) return worker;
    return this.workers.size < this.settings.maxWorkers ? this.start() : undefined;
  }

  private hasRoom(): boolean {
    const { queueCapacity } = this.settings;
    return queueCapacity === Number.POSITIVE_INFINITY || this.backlog.size < queueCapacity;
  }

  private start(): PoolWorker {
    const worker = new PoolWorker(this, this.links, this.settings.startMs);
    this.workers.add(worker);
    this.alive.add(worker);
    return worker;
  }

  /** Starts workers for what waits, in the place of those that are no more. */
  private supply(): void {
    while (!this.backlog.isQueueEmpty && this.workers.size < this.settings.maxWorkers)
      this.free(this.start());
    this.progressed();
  }

  private rest(worker: PoolWorker): void {
    this.idle.push(worker);
    this.roomCame.notify();
    const { idleTimeoutMs, minWorkers } = this.settings;
    if (idleTimeoutMs === Number.POSITIVE_INFINITY) return;
    worker.afterRest(idleTimeoutMs, () => {
      if (this.idle.includes(worker) && this.workers.size > minWorkers) this.retire(worker);
    });
  }

  private retire(worker: PoolWorker): void {
    this.remove(worker);
    worker.retire();
  }

  private remove(worker: PoolWorker): void {
    this.workers.delete(worker);
    const at = this.idle.indexOf(worker);
    if (at >= 0) this.idle.splice(at, 1);
  }

  private takeAnswers(): boolean {
    let any = false;
    for (const worker of this.workers) any = worker.answersCame() || any;
    return any;
  }

  private nextDeadline(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { deadline } of this.workers) next = Math.min(next, deadline.time);
    return next;
  }

  private endIfAllIsDone(): void {
    if (this.isClosed && this.alive.size === 0 && this.backlog.isQueueEmpty) this.end.set();
  }
}
