import type { Call } from "./call.ts";
import { CallQueue } from "./call-queue.ts";
import type { PoolWorker } from "./pool-worker.ts";

/**
 * Calls that wait. Some are sent ahead to workers that still make others, so that none has to wait for this thread between two
 * calls. They are taken back when another worker has nothing to do, or a call of a higher priority comes.
 */
export class Backlog {
  private readonly queue = new CallQueue();
  private readonly workers: ReadonlySet<PoolWorker>;
  private readonly callsPerWorker: number;
  /** No call that was sent ahead and has not begun has a lower priority. */
  private lowestAhead = Number.POSITIVE_INFINITY;

  /**
   * @param workers those that work or could
   * @param callsPerWorker that a worker may be sent in its life
   */
  constructor(workers: ReadonlySet<PoolWorker>, callsPerWorker: number) {
    this.workers = workers;
    this.callsPerWorker = callsPerWorker;
  }

  /** Calls in it, as far as this thread knows. */
  get size(): number {
    let size = this.queue.length;
    for (const worker of this.workers) size += worker.waiting;
    return size;
  }

  /** Whether nothing waits that could be {@link shift}ed at once. */
  get isQueueEmpty(): boolean {
    return this.queue.length === 0;
  }

  push(call: Call): void {
    if (call.fn.priority > this.lowestAhead) this.takeBack();
    this.queue.push(call);
    this.sendAhead();
  }

  /** Takes what is to be begun next. */
  shift(): Call | undefined {
    // What waits behind others may have to wait for long.
    if (this.queue.length === 0 && this.size > 0) this.takeBack();
    return this.queue.shift();
  }

  /** Calls that were sent ahead, the last one first, wait again. */
  unshift(calls: readonly Call[]): void {
    for (const call of calls) this.queue.unshift(call);
  }

  /** A call in the queue was cancelled. */
  forget(): void {
    this.queue.forget();
  }

  sendAhead(): void {
    const { queue } = this;
    for (let call = queue.shift(); call; call = queue.shift()) {
      if (!this.leastBusyFor(call)?.append(call)) {
        queue.unshift(call);
        return;
      }
      this.lowestAhead = Math.min(this.lowestAhead, call.fn.priority);
    }
  }

  private leastBusyFor(call: Call): PoolWorker | undefined {
    let found: PoolWorker | undefined;
    for (const worker of this.workers) {
      if (worker.sent >= this.callsPerWorker || !worker.takesAhead(call)) continue;
      if (found === undefined || worker.waiting < found.waiting) found = worker;
    }
    return found;
  }

  private takeBack(): void {
    this.lowestAhead = Number.POSITIVE_INFINITY;
    const calls: Call[] = [];
    for (const worker of this.workers) calls.push(...worker.takeBack(1));
    this.unshift(calls.sort((a, b) => b.number - a.number));
  }
}
