import { Operation } from "../task/index.ts";

/** Wakes those who wait for something to change; each looks then for itself whether that is what it waits for. */
export class Signal {
  private waiters: SignalOperation[] = [];

  wait(): Operation<void> {
    return new SignalOperation(this);
  }

  notify(): void {
    if (this.waiters.length === 0) return;
    const waiters = this.waiters;
    this.waiters = [];
    for (const waiter of waiters) waiter.wake();
  }

  add(waiter: SignalOperation): void {
    this.waiters.push(waiter);
  }

  remove(waiter: SignalOperation): void {
    this.waiters = this.waiters.filter((other) => other !== waiter);
  }
}

class SignalOperation extends Operation<void> {
  private readonly signal: Signal;

  constructor(signal: Signal) {
    super();
    this.signal = signal;
  }

  wake(): void {
    this.succeed();
  }

  protected override begin(): void {
    this.signal.add(this);
  }

  protected override end(): void {
    this.signal.remove(this);
    this.giveUp();
  }
}
