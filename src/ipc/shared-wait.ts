import type { Loop } from "../loop/index.ts";
import type { Listener } from "./peers.ts";
import type { SharedParties, Waiter } from "./shared-parties.ts";

/** That something waits here for what other threads do: it is rung, and keeps the process alive. */
export class SharedWait implements Listener, Waiter {
  private readonly loop: Loop;
  private readonly parties: SharedParties;
  private readonly goOn: () => void;
  wants = 0;
  private keepsAlive = true;

  /** @param goOn is called when what is waited for may have happened */
  constructor(loop: Loop, parties: SharedParties, goOn: () => void) {
    this.loop = loop;
    this.parties = parties;
    this.goOn = goOn;
  }

  rung(): void {
    this.goOn();
  }

  /** Says what is waited for now. @returns what we no longer wait for, and are being rung for nevertheless */
  update(wants: number): number {
    const { parties } = this;
    const before = this.wants;
    if (wants === before) return 0;
    this.wants = wants;
    let unheard = 0;
    // What others here wait for stays in the record, which is theirs, too.
    const past = before & ~wants & ~parties.wantsBut(this);
    if (past !== 0) {
      parties.lock();
      for (let want = 1; want <= past; want <<= 1)
        if ((past & want) !== 0 && !parties.unwant(want)) unheard |= want;
      parties.unlock();
    }
    if (before === 0) this.begin();
    else if (wants === 0) this.end();
    return unheard;
  }

  /** Whether waiting keeps the process alive. */
  keepAlive(keepsAlive: boolean): void {
    if (keepsAlive === this.keepsAlive) return;
    if (this.wants !== 0) this.end();
    this.keepsAlive = keepsAlive;
    if (this.wants !== 0) this.begin();
  }

  private begin(): void {
    this.parties.enter(this);
    this.parties.peers.listen(this);
    this.loop.ref(this.keepsAlive);
  }

  private end(): void {
    this.parties.leave(this);
    this.parties.peers.ignore(this);
    this.loop.unref(this.keepsAlive);
  }
}
