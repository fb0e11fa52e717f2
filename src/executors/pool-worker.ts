import { TimeoutError } from "../task/index.ts";
import type { Call } from "./call.ts";
import { decodeError } from "./error-codec.ts";
import { BrokenExecutor, unsendable } from "./errors.ts";
import { type Answer, type CallMessage, PROGRESS, READY, RESULT, UNUSABLE } from "./messages.ts";
import { transfersOf } from "./transfer.ts";
import type { LinkListener, LinkMaker, WorkerLink } from "./worker-link.ts";

/** Who has workers, as a worker sees it. */
export interface WorkerOwner {
  /** The worker has nothing to do any more. */
  free(worker: PoolWorker): void;
  /** The worker is of no more use. */
  lost(worker: PoolWorker): void;
  /** The worker has gone, after {@link lost} or {@link PoolWorker.retire}. */
  gone(worker: PoolWorker): void;
  /** The initializer has failed. */
  unusable(cause: unknown): void;
}

/** A worker, and the call that it makes. */
export class PoolWorker implements LinkListener {
  /** When its call's time is up, in milliseconds of performance.now(). */
  deadline = Number.POSITIVE_INFINITY;
  /** Calls that it has begun. */
  calls = 0;
  private readonly owner: WorkerOwner;
  private readonly link: WorkerLink;
  private readonly known = new Set<number>();
  private call: Call | null = null;
  private isReady = false;
  private isLost = false;
  private isGone = false;
  private timer: NodeJS.Timeout | undefined = undefined;
  private rest: NodeJS.Timeout | undefined = undefined;

  constructor(owner: WorkerOwner, maker: LinkMaker) {
    this.owner = owner;
    this.link = maker.make(this);
  }

  /** Has it make a call. */
  begin(call: Call): void {
    call.setRunningOrNotifyCancel();
    try {
      this.post(call);
    } catch (error) {
      call.setException(unsendable(call.description, error));
      this.owner.free(this);
      return;
    }
    this.calls++;
    this.call = call;
    this.link.ref();
    if (this.isReady) this.startClock(call);
  }

  isMaking(call: Call): boolean {
    return this.call === call;
  }

  get isIdle(): boolean {
    return this.call === null;
  }

  /** Takes all answers that have come. @returns whether there were any */
  answersCame(): boolean {
    let any = false;
    for (let answer = this.link.take(); answer !== undefined; answer = this.link.take()) {
      any = true;
      this.receive(answer);
    }
    return any;
  }

  /** Looks, without this thread's loop, whether it has ended. */
  lookForEnd(): void {
    if (!this.isLost && this.link.hasEnded()) {
      this.answersCame();
      // The process stays alive until the loop has been told, too.
      this.link.kill();
      this.lose(undefined);
    }
  }

  ended(cause: unknown): void {
    if (this.isGone) return;
    this.isGone = true;
    this.lose(cause);
    this.owner.gone(this);
  }

  /** Ends its call if the time for that is up. */
  expire(): void {
    const { call } = this;
    if (call === null || performance.now() < this.deadline) return;
    this.abandon();
    call.setException(
      new TimeoutError(`It took longer than ${call.fn.timeoutMs} ms, and was ended: ${call.description}`),
    );
  }

  /** Ends it amid what it does. The call is its owner's to settle. */
  abandon(): void {
    this.finish();
    this.link.kill();
    this.lose(undefined);
  }

  /** Ends it, and cancels its call if it has one. */
  cancel(): void {
    if (this.call === null || !this.call.cancel({ running: true })) this.abandon();
  }

  /** Calls back when it has rested for so long; who works in between rests anew. */
  afterRest(idleMs: number, callback: () => void): void {
    if (this.rest) this.rest.refresh();
    else this.rest = setTimeout(callback, Math.min(idleMs, 2 ** 31 - 1)).unref();
  }

  /** Lets it end, being idle. */
  retire(): void {
    this.isLost = true;
    this.link.quit();
  }

  /** Ends it, with its call if it has one. */
  fail(error: unknown): void {
    const { call } = this;
    this.finish();
    this.isLost = true;
    this.link.kill();
    call?.setException(error);
  }

  private post({ fn, args, isChunk }: Call): void {
    const { id, module, name } = fn.place;
    const message: CallMessage = this.known.has(id) ? [id, args, isChunk] : [id, args, isChunk, module, name];
    this.link.post(message, transfersOf(args));
    this.known.add(id);
  }

  private receive(answer: Answer): void {
    const [kind, outcome] = answer;
    if (kind === READY) {
      this.isReady = true;
      if (this.call !== null) this.startClock(this.call);
    } else if (kind === UNUSABLE) {
      this.owner.unusable(decodeError(outcome));
    } else if (kind === PROGRESS) {
      this.call?.setProgress(outcome);
    } else {
      const { call } = this;
      // It was given up, and the answer came all the same.
      if (call === null) return;
      this.finish();
      // First, for while the others are told of this call it can make the next.
      this.owner.free(this);
      if (kind === RESULT) call.setResult(outcome);
      else call.setException(decodeError(outcome));
    }
  }

  private startClock(call: Call): void {
    const { timeoutMs } = call.fn;
    if (timeoutMs === Number.POSITIVE_INFINITY) return;
    this.deadline = performance.now() + timeoutMs;
    this.timer = setTimeout(() => this.expire(), Math.min(Math.ceil(timeoutMs), 2 ** 31 - 1)).unref();
  }

  private finish(): void {
    if (this.call === null) return;
    this.call = null;
    this.link.unref();
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.deadline = Number.POSITIVE_INFINITY;
  }

  private lose(cause: unknown): void {
    if (this.isLost) return;
    this.isLost = true;
    const { call } = this;
    this.finish();
    this.owner.lost(this);
    call?.setException(brokenBy(call, cause));
  }
}

function brokenBy(call: Call, cause: unknown): BrokenExecutor {
  const reason = cause instanceof Error ? `: ${cause.message}` : "";
  return new BrokenExecutor(
    `The worker that called ${call.description} has ended before the result${reason}`,
    { cause },
  );
}
