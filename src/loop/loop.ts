import { type Driver, type DriverStatistics, type Model, PENDING, type Request } from "../drivers/index.ts";
import { closeAtExit, keepAtExit, NodeWaiter, type NodeWaker, NodeWatcher } from "../sys/index.ts";
import { beginMessages, endMessage, preciseNow } from "./message-clock.ts";
import { runMicrotasks, runWantedMicrotasks } from "./microtasks.ts";
import { ownContext } from "./own-context.ts";
import { ReadyQueue, type Runnable } from "./ready-queue.ts";
import { type Timer, TimerWheel } from "./timer-wheel.ts";

/** Rounds that one turn makes before Node's own events have theirs. */
const ROUNDS_MAX = 64;

/** Node's longest timeout; a later deadline is looked at again then. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** Counters of a loop's life, its driver's among them. */
export interface LoopStatistics extends DriverStatistics {
  /** Waits that keep the process alive. */
  refs: number;
  /** Timers that are set. */
  timers: number;
  /** Turns so far: how often the loop was woken. */
  turns: number;
}

/**
 * The message loop. It lives inside Node's loop: Node waits (for the driver's descriptor among everything else), and a
 * turn of this loop is one of Node's callbacks. A turn makes rounds of fixed phases: flush what was submitted, reap
 * what has completed, timers, run what is ready, until there is nothing to do or Node's own events have waited enough.
 */
export class Loop {
  /** Why this driver was chosen. */
  readonly reason: string;
  private readonly driver: Driver;
  private readonly waker: NodeWaker;
  private readonly ready = new ReadyQueue();
  private readonly wheel = new TimerWheel(now());
  private nodeTimer: NodeJS.Timeout | undefined;
  private nodeTimerDeadline = Number.POSITIVE_INFINITY;
  private inTurn = false;
  private turnDue = false;
  private turnCount = 0;
  private refCount = 0;
  /** Waits that do not keep the process alive. */
  private unreferencedCount = 0;
  private keepsAlive = false;
  private closed = false;
  private hasEnded = false;

  /** @throws EMFILE if the driver has to wait for Node in its place and there is no descriptor for that */
  constructor(driver: Driver, reason: string) {
    this.driver = driver;
    this.reason = reason;
    this.waker =
      driver.descriptor < 0
        ? new NodeWaiter((also, timeoutMs) => this.wait(also, timeoutMs), driver.descriptorLimit)
        : new NodeWatcher(driver.descriptor, driver.wakesOnEdges, () => this.turnWithin(true));
    // The kernel takes a ring apart at its leisure after the process has gone; until then a request in flight holds its
    // socket, and a server that is started anew finds its port in use.
    closeAtExit(this.tearDown);
  }

  get model(): Model {
    return this.driver.model;
  }

  /** SOCK_ flags that sockets on this loop are made with. */
  get socketFlags(): number {
    return this.driver.socketFlags;
  }

  /** Descriptors from this number on cannot be used on this loop; infinite but for select. */
  get descriptorLimit(): number {
    return this.driver.descriptorLimit;
  }

  /** Hands a request to the driver. Its continuation is told of the completions: at once, or in a later turn. */
  submit(request: Request): void {
    if (this.closed) return;
    const result = this.driver.submit(request);
    if (result === PENDING) this.requestTurn();
    else request.continuation.complete(request, result, null, false);
  }

  /** Asks for the end of a request; its last completion is the answer. */
  cancel(request: Request): void {
    if (this.closed) return;
    this.driver.cancel(request);
    this.requestTurn();
  }

  /** Runs something in the next batch of what is ready. */
  schedule(runnable: Runnable): void {
    this.ready.push(runnable);
    this.requestTurn();
  }

  /** Runs something in a turn that begins now, unless one is under way: for callbacks of Node's. */
  runNow(runnable: Runnable): void {
    this.ready.push(runnable);
    if (!this.inTurn && !this.closed) this.turnWithin(false);
  }

  /** Sets a timer to expire in `delayMs`: never before, and as soon after as the loop gets round to it. */
  setTimer(timer: Timer, delayMs: number): void {
    const deadline = Math.ceil(preciseNow() + delayMs);
    this.wheel.add(timer, deadline);
    if (!this.inTurn && deadline < this.nodeTimerDeadline) this.armNodeTimer();
  }

  cancelTimer(timer: Timer): void {
    this.wheel.remove(timer);
  }

  /** Counts a wait, until {@link unref}; by default it keeps the process alive. */
  ref(keepsAlive = true): void {
    this.count(keepsAlive, 1);
  }

  unref(keepsAlive = true): void {
    this.count(keepsAlive, -1);
  }

  /** Whether nobody waits for what can happen on it. Requests may be in flight even so, for a socket receives ahead. */
  get isQuiet(): boolean {
    return this.ready.isEmpty && this.wheel.size === 0 && this.refCount === 0 && this.unreferencedCount === 0;
  }

  statistics(): LoopStatistics {
    return {
      ...this.driver.statistics(),
      refs: this.refCount,
      timers: this.wheel.size,
      turns: this.turnCount,
    };
  }

  /** Ends the loop and its driver. What waits on it waits for ever, and so does what is submitted later. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    // A turn that is under way ends with a driver.
    if (!this.inTurn) this.tearDown();
  }

  private readonly tearDown = (): void => {
    if (this.hasEnded) return;
    this.closed = true;
    this.hasEnded = true;
    keepAtExit(this.tearDown);
    clearTimeout(this.nodeTimer);
    this.waker.close();
    this.driver.close();
  };

  private readonly immediateTurn = () => {
    this.turnDue = false;
    if (!this.closed) this.turnWithin(false);
  };

  private readonly timerTurn = () => {
    this.nodeTimerDeadline = Number.POSITIVE_INFINITY;
    this.turnWithin(false);
  };

  private wait(also: number, timeoutMs: number): void {
    if (this.driver.wait!(also, timeoutMs)) this.turnWithin(true);
  }

  private requestTurn(): void {
    // Compared, for a mere condition has V8 ask whether it is a string or a number.
    if (this.inTurn === true || this.turnDue === true) return;
    this.turnDue = true;
    setImmediate(this.immediateTurn);
  }

  /** For callbacks of Node's that run as where they were asked for. */
  private turnWithin(woken: boolean): void {
    ownContext.runInAsyncScope(this.turn, this, woken);
  }

  private turn(woken: boolean): void {
    this.inTurn = true;
    this.turnCount++;
    this.ready.beginTurn();
    let resting = false;
    try {
      this.driver.wake(woken && !this.waker.isEdgeTriggered);
      for (let round = 0; round < ROUNDS_MAX && !resting && !this.closed; round++) {
        this.round();
        resting = this.mayRest();
        if (!resting) continue;
        // Programs that mix in promises of their own go on before Node waits.
        runMicrotasks();
        resting = this.mayRest();
      }
    } catch (error) {
      // What a message throws is the program's uncaught exception; the loop itself goes on.
      setImmediate(() => {
        throw error;
      });
    }
    this.inTurn = false;
    if (this.closed) {
      this.tearDown();
      return;
    }
    if (!resting) this.requestTurn();
    this.updateWaker();
    this.armNodeTimer();
  }

  private round(): void {
    // What is ready by now goes before timers: a time-out does not end what it has not let begin, however late the loop is.
    const timersFirst = this.ready.isEmpty;
    this.driver.flush();
    const completions = this.driver.reap();
    let now = beginMessages();
    if (completions.length > 0) {
      completions.deliver();
      now = endMessage("completions", null);
    }
    if (timersFirst) now = this.expire(now);
    this.ready.runBatch(now);
    if (!timersFirst) this.expire(now);
    // Async functions that were told go on now, so that what they submit joins the next round.
    runWantedMicrotasks();
  }

  /** Calls the timers that are due by a time. @returns the time afterwards */
  private expire(now: number): number {
    if (this.wheel.size === 0) return now;
    this.wheel.expire(Math.floor(now));
    return endMessage("timers", null);
  }

  private mayRest(): boolean {
    return this.ready.isEmpty && this.driver.rest();
  }

  private count(keepsAlive: boolean, change: 1 | -1): void {
    if (keepsAlive === false) {
      this.unreferencedCount += change;
      return;
    }
    this.refCount += change;
    if (this.inTurn === false) this.updateWaker();
  }

  private updateWaker(): void {
    const keepsAlive = this.refCount > 0;
    this.waker.enable(keepsAlive || !this.driver.isIdle);
    if (keepsAlive === this.keepsAlive) return;
    this.keepsAlive = keepsAlive;
    if (keepsAlive) this.waker.ref();
    else this.waker.unref();
  }

  /** One timer of Node's stands for all of ours. It is unreferenced: who waits for a timer says so by {@link ref}. */
  private armNodeTimer(): void {
    const deadline = this.wheel.nextDeadline();
    if (deadline === this.nodeTimerDeadline) return;
    clearTimeout(this.nodeTimer);
    this.nodeTimerDeadline = deadline;
    if (deadline === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(TIMEOUT_MS_MAX, Math.max(1, Math.ceil(deadline - preciseNow())));
    this.nodeTimer = setTimeout(this.timerTurn, delayMs).unref();
  }
}

/** Whole milliseconds that have passed, so that no timer expires before its time. */
function now(): number {
  return Math.floor(preciseNow());
}
