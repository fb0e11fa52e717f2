import { TimeoutError } from "../task/index.ts";
import type { Call, CallHolder } from "./call.ts";
import { Deadline, TIMER_MS_MAX } from "./deadline.ts";
import { decodeError } from "./error-codec.ts";
import { brokenBy, unsendable } from "./errors.ts";
import { type Answer, type CallMessage, PROGRESS, READY, RESULT, UNUSABLE } from "./messages.ts";
import { transfersOf } from "./transfer.ts";
import type { LinkListener, LinkMaker, WorkerLink } from "./worker-link.ts";

/** An idle worker that is told to end has so much time for that; then it is ended. Node itself may hang there (nodejs/node#54918). */
const RETIRE_MS_MAX = 5000;

/** Who has workers, as a worker sees it. */
export interface WorkerOwner {
  /** The worker has nothing to do any more. */
  free(worker: PoolWorker): void;
  /** The worker has answered, and may have room for calls ahead. */
  progressed(): void;
  /** Calls that the worker has not begun, the last one first, are to wait again. */
  requeue(calls: readonly Call[]): void;
  /** The worker is of no more use. */
  lost(worker: PoolWorker): void;
  /** The worker has gone, after {@link lost} or {@link PoolWorker.retire}. */
  gone(worker: PoolWorker): void;
  /** The initializer has failed. */
  unusable(cause: unknown): void;
  /** The worker has not started in time. */
  late(worker: PoolWorker): void;
}

/** A worker, and the calls that it was sent: the one that it makes, and those ahead of their turn. */
export class PoolWorker implements LinkListener, CallHolder {
  /** When its call's time is up, or before it is ready the time to start. */
  readonly deadline = new Deadline(() => this.expire());
  /** Calls that it was sent and that were not taken back. */
  sent = 0;
  private readonly owner: WorkerOwner;
  private readonly link: WorkerLink;
  private readonly known = new Set<number>();
  /** Those that it has not answered. */
  private readonly calls: Call[] = [];
  private isReady = false;
  private isLost = false;
  private isGone = false;
  private rest: NodeJS.Timeout | undefined = undefined;
  private readonly retirement = new Deadline(() => this.link.kill());

  /** @param startMs within which it is to be ready */
  constructor(owner: WorkerOwner, maker: LinkMaker, startMs: number) {
    this.owner = owner;
    this.link = maker.make(this);
    this.deadline.set(startMs);
  }

  get isIdle(): boolean {
    return this.calls.length === 0;
  }

  /** Calls that wait behind the first, as far as this thread knows. */
  get waiting(): number {
    return Math.max(0, this.calls.length - 1);
  }

  /** Has it make a call, being idle. If the call cannot be sent, it fails, and the worker is idle still. */
  begin(call: Call): void {
    if (this.takesAhead(call) && this.append(call)) return;
    call.setRunningOrNotifyCancel();
    try {
      this.post(call);
    } catch (error) {
      call.setException(unsendable(call.description, error));
      return;
    }
    this.add(call);
    if (this.isReady) this.deadline.set(call.fn.timeoutMs);
  }

  /** Whether a call may be sent ahead of its turn; if not, it has to begin with this thread's knowledge. */
  takesAhead({ fn, isChunk }: Call): boolean {
    return !isChunk && fn.timeoutMs === Number.POSITIVE_INFINITY && this.known.has(fn.place.id);
  }

  /** Sends a call that it {@link takesAhead}. @returns false if there is no room, or the arguments are not plain */
  append(call: Call): boolean {
    if (!this.link.append(call.fn.place.id, call.args)) return false;
    call.holder = this;
    this.add(call);
    return true;
  }

  hasBegun(call: Call): boolean {
    return this.link.hasBegun(this.calls.indexOf(call));
  }

  /** Takes back what it has not begun, the last one first, but for so many of the first. */
  takeBack(butFor = 0): Call[] {
    const back: Call[] = [];
    while (this.calls.length > butFor) {
      const call = this.recall();
      if (call === undefined) break;
      back.push(call);
    }
    return back;
  }

  withdraw(call: Call): boolean {
    const back = this.takeBack(this.calls.indexOf(call));
    const isTaken = back.at(-1) === call;
    if (isTaken) back.pop();
    else call.notice();
    this.owner.requeue(back);
    if (this.isIdle) this.owner.free(this);
    this.owner.progressed();
    return isTaken;
  }

  /** Takes all answers that have come. @returns whether there were any */
  answersCame(): boolean {
    let any = false;
    for (let answer = this.link.take(); answer !== undefined; answer = this.link.take()) {
      any = true;
      this.receive(answer);
    }
    if (any && !this.isLost) this.owner.progressed();
    return any;
  }

  /** Looks, without this thread's loop, whether it has ended. */
  lookForEnd(): void {
    if (!this.isLost && this.link.hasEnded()) {
      this.answersCame();
      // The process stays alive until the loop has been told, too.
      this.giveUp(undefined);
    }
  }

  ended(cause: unknown): void {
    if (this.isGone) return;
    this.isGone = true;
    this.deadline.clear();
    this.retirement.clear();
    this.lose(cause);
    this.owner.gone(this);
  }

  /** Ends its call, or its start, if the time for that is up. */
  expire(): void {
    if (!this.deadline.hasPassed) return;
    if (!this.isReady) {
      // It may have said that it is, and this thread was busy.
      this.answersCame();
      if (!this.isReady && !this.isLost) this.owner.late(this);
      return;
    }
    const call = this.calls[0]!;
    if (!this.abandon(call)) return;
    call.setException(
      new TimeoutError(`It took longer than ${call.fn.timeoutMs} ms, and was ended: ${call.description}`),
    );
  }

  /**
   * Ends it amid a call that has begun. The call is then its owner's to settle.
   *
   * @returns false if the call is not its, or has just ended
   */
  abandon(call: Call): boolean {
    this.answersCame();
    if (this.calls[0] !== call) return false;
    this.owner.requeue(this.takeBack());
    if (this.calls.length > 1) {
      // The next has begun meanwhile, and is not to be ended.
      this.answersCame();
      return false;
    }
    this.finish();
    this.giveUp(undefined);
    return true;
  }

  /** Ends it, and cancels what it makes. Nothing waits any more. */
  cancel(): void {
    while (this.calls.length > 0) this.calls[0]!.cancel({ running: true });
  }

  /** Calls back when it has rested for so long; who works in between rests anew. */
  afterRest(idleMs: number, callback: () => void): void {
    if (this.rest) this.rest.refresh();
    else this.rest = setTimeout(callback, Math.min(idleMs, TIMER_MS_MAX)).unref();
  }

  /** Lets it end, being idle. */
  retire(): void {
    this.isLost = true;
    this.link.quit();
    this.retirement.set(RETIRE_MS_MAX);
  }

  /** Ends it, for it is of no use. What it was to do has failed, but for what it had not begun. */
  giveUp(cause: unknown): void {
    this.link.kill();
    this.lose(cause);
  }

  /** Ends it, with its call if it has one. */
  fail(error: unknown): void {
    this.isLost = true;
    this.owner.requeue(this.takeBack());
    const call = this.finish();
    this.link.kill();
    call?.setException(error);
  }

  private post({ fn, args, isChunk }: Call): void {
    const { id, module, name } = fn.place;
    const message: CallMessage = this.known.has(id) ? [id, args, isChunk] : [id, args, isChunk, module, name];
    this.link.post(message, transfersOf(args));
    this.known.add(id);
  }

  private add(call: Call): void {
    this.sent++;
    if (this.calls.push(call) === 1) this.link.ref();
  }

  private recall(): Call | undefined {
    const call = this.calls.at(-1);
    if (!call?.holder || !this.link.recall()) return undefined;
    call.holder = null;
    this.sent--;
    this.calls.pop();
    if (this.calls.length === 0) this.link.unref();
    return call;
  }

  private receive(answer: Answer): void {
    const [kind, outcome] = answer;
    if (kind === READY) {
      this.isReady = true;
      this.deadline.clear();
      this.deadline.set(this.calls[0]?.fn.timeoutMs ?? Number.POSITIVE_INFINITY);
    } else if (kind === UNUSABLE) {
      this.owner.unusable(decodeError(outcome));
    } else if (kind === PROGRESS) {
      this.calls[0]?.setProgress(outcome);
    } else {
      const call = this.finish();
      // It was given up, and the answer came all the same.
      if (call === undefined) return;
      // First, for while the others are told of this call it can make the next.
      if (this.calls.length === 0) this.owner.free(this);
      if (kind === RESULT) call.setResult(outcome);
      else call.setException(decodeError(outcome));
    }
  }

  /** @returns the first of its calls, which is its no more */
  private finish(): Call | undefined {
    const call = this.calls.shift();
    if (call === undefined) return undefined;
    if (call.holder !== null) call.notice();
    if (this.calls.length === 0) this.link.unref();
    this.deadline.clear();
    return call;
  }

  private lose(cause: unknown): void {
    if (this.isLost) return;
    this.isLost = true;
    this.owner.requeue(this.takeBack());
    const call = this.finish();
    this.owner.lost(this);
    call?.setException(brokenBy(call.description, cause));
  }
}
