import type { Loop } from "../loop/index.ts";

/** A descriptor of the program's on a loop, and whether waiting for it keeps the process alive. */
export abstract class Handle {
  /** @internal */
  readonly loop: Loop;
  /** @internal -1 once it is closed */
  descriptor: number;
  private waits = 0;
  private keepsAlive = true;

  protected constructor(loop: Loop, descriptor: number) {
    this.loop = loop;
    this.descriptor = descriptor;
  }

  /** The file descriptor, or -1 once it is closed. It stays Pentio's: do not close it. */
  get fd(): number {
    return this.descriptor;
  }

  /** Makes waiting keep the process alive, which is the default. */
  ref(): this {
    this.keep(true);
    return this;
  }

  /** Lets the process end although something waits here, as in Node. */
  unref(): this {
    this.keep(false);
    return this;
  }

  protected waitBegins(): void {
    this.waits++;
    if (this.keepsAlive) this.loop.ref();
  }

  protected waitEnds(): void {
    this.waits--;
    if (this.keepsAlive) this.loop.unref();
  }

  private keep(alive: boolean): void {
    if (alive === this.keepsAlive) return;
    this.keepsAlive = alive;
    for (let i = 0; i < this.waits; i++) {
      if (alive) this.loop.ref();
      else this.loop.unref();
    }
  }
}
