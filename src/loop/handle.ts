import { CLOSE, type Continuation, Request } from "../drivers/index.ts";
import { disownDescriptor, ownDescriptor } from "../sys/index.ts";
import type { Loop } from "./loop.ts";

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
    ownDescriptor(descriptor);
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

  /** Has the descriptor closed, a file's or another; `told` hears of it. Nothing may be in flight on it. */
  protected closeDescriptor(told: Continuation, isFile = false): void {
    disownDescriptor(this.descriptor);
    const request = new Request(CLOSE, this.descriptor, told);
    request.isFile = isFile;
    this.loop.submit(request);
    this.descriptor = -1;
  }

  protected waitBegins(): void {
    this.waits++;
    this.loop.ref(this.keepsAlive);
  }

  protected waitEnds(): void {
    this.waits--;
    this.loop.unref(this.keepsAlive);
  }

  private keep(alive: boolean): void {
    if (alive === this.keepsAlive) return;
    this.keepsAlive = alive;
    for (let i = 0; i < this.waits; i++) {
      this.loop.ref(alive);
      this.loop.unref(!alive);
    }
  }
}
