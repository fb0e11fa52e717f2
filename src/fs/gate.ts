import type { Loop } from "../loop/index.ts";
import { currentLoop, Operation } from "../task/index.ts";

/** Where one task waits for what callbacks of Node's bring. */
export class Gate {
  private waiter: PassOperation | null = null;
  private isOpen = false;

  /** Lets who waits go on, or who comes next. */
  open(): void {
    const { waiter } = this;
    this.waiter = null;
    this.isOpen = waiter === null;
    waiter?.pass();
  }

  /** Waits for {@link open}, which counts once. */
  pass(): Operation<void> {
    return new PassOperation(this);
  }

  /** @internal @returns whether it was open */
  enter(waiter: PassOperation): boolean {
    const wasOpen = this.isOpen;
    this.isOpen = false;
    if (!wasOpen) this.waiter = waiter;
    return wasOpen;
  }

  /** @internal */
  leave(): void {
    this.waiter = null;
  }
}

class PassOperation extends Operation<void> {
  private readonly gate: Gate;
  private loop: Loop | null = null;

  constructor(gate: Gate) {
    super();
    this.gate = gate;
  }

  override get description(): string {
    return "change";
  }

  pass(): void {
    this.unref();
    this.succeed();
  }

  protected override begin(): void {
    if (this.gate.enter(this)) this.succeed();
    else {
      this.loop = currentLoop();
      this.loop.ref();
    }
  }

  protected override end(): void {
    this.gate.leave();
    this.unref();
    this.giveUp();
  }

  private unref(): void {
    this.loop?.unref();
    this.loop = null;
  }
}
