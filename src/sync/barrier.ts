import type { Operation } from "../task/index.ts";
import { checkWhole } from "./arguments.ts";
import { BrokenBarrierError } from "./errors.ts";
import { QueuedOperation, WaitQueue } from "./wait-queue.ts";

const BROKEN = "The barrier is broken: a party will not come. reset() makes it whole";

class BarrierOperation extends QueuedOperation<number> {
  /** The place in the order of arrival. */
  index = 0;
  private readonly barrier: Barrier;

  constructor(barrier: Barrier) {
    super();
    this.barrier = barrier;
  }

  pass(): void {
    this.succeed(this.index);
  }

  refuse(error: BrokenBarrierError): void {
    this.fail(error);
  }

  protected override begin(): void {
    this.barrier.beginWait(this);
  }

  protected override end(): void {
    this.barrier.leaveWait(this);
    this.giveUp();
  }
}

/**
 * Where a number of parties wait for each other: when the last has come, all go on, and the next round begins. A party that is
 * cancelled while it waits breaks the barrier, for the others would wait for it for ever.
 */
export class Barrier {
  /** How many wait for each other. */
  readonly parties: number;
  private arrived = 0;
  private broken = false;
  private readonly waiters = new WaitQueue<BarrierOperation>();

  /** @throws ERR_OUT_OF_RANGE for what is no whole number of 1 or more, ERR_INVALID_ARG_TYPE for what is no number */
  constructor(parties: number) {
    this.parties = checkWhole("parties", parties, 1);
  }

  /** Parties that wait. */
  get waiting(): number {
    return this.arrived;
  }

  get isBroken(): boolean {
    return this.broken;
  }

  /**
   * Waits for the others.
   *
   * @returns the place in the order of arrival: 0 for the first, up to `parties - 1` for the last
   * @throws ERR_BARRIER_BROKEN (BrokenBarrierError) if it is broken, or becomes so meanwhile
   */
  wait(): Operation<number> {
    return new BarrierOperation(this);
  }

  /** Breaks it, for a party that will not come: those who wait, and who come later, get ERR_BARRIER_BROKEN. */
  abort(): void {
    this.broken = true;
    for (const party of this.leaving()) party.refuse(new BrokenBarrierError(BROKEN));
  }

  /** Makes it whole and empty. Those who wait in it get ERR_BARRIER_BROKEN. */
  reset(): void {
    this.broken = false;
    const message = "The barrier was reset while the task waited in it";
    for (const party of this.leaving()) party.refuse(new BrokenBarrierError(message));
  }

  /** @internal */
  beginWait(operation: BarrierOperation): void {
    if (this.broken) {
      operation.refuse(new BrokenBarrierError(BROKEN));
      return;
    }
    operation.index = this.arrived++;
    this.waiters.push(operation);
    if (this.arrived < this.parties) return;
    for (const party of this.leaving()) party.pass();
  }

  /** @internal */
  leaveWait(operation: BarrierOperation): void {
    if (this.waiters.remove(operation)) this.abort();
  }

  private leaving(): BarrierOperation[] {
    this.arrived = 0;
    return this.waiters.drain();
  }
}
