import { PollSet } from "../../selectors/index.ts";
import { POLLIN, POLLOUT } from "../../sys/index.ts";
import { ReadinessDriver, type Watched } from "../readiness-driver.ts";

/**
 * The multiplexing model by poll(2): one system call looks at every descriptor that somebody waits for. It has no bound
 * but its cost, which grows with their number. Regular files are always ready by it, and are not: they go to a pool of
 * threads.
 */
export class PollDriver extends ReadinessDriver {
  override readonly model = "poll";
  private readonly set = new PollSet();
  /** Descriptors that the last {@link wait} found ready, and that nobody has looked at yet. */
  private found = 0;

  /** poll(2) has no descriptor of its own that others could wait for: it waits for theirs. */
  wait(also: number, timeoutMs: number): boolean {
    this.set.set(also, POLLIN);
    const count = this.set.wait(timeoutMs);
    const isOurs = count > 1 || (count === 1 && this.set.ready(also) === 0);
    this.found = isOurs ? count : 0;
    return isOurs;
  }

  protected override get waitingCalls(): number {
    return this.set.calls;
  }

  protected override watch(): number {
    return 0;
  }

  protected override waitsFor(watched: Watched): number {
    const events = (watched.reader ? POLLIN : 0) | (watched.writer ? POLLOUT : 0);
    // Out of the set when nobody waits: what has hung up would be reported for ever, whatever it is asked for.
    if (events === 0) this.set.remove(watched.fd);
    else this.set.set(watched.fd, events);
    return 0;
  }

  protected override forget(watched: Watched): void {
    this.set.remove(watched.fd);
  }

  protected override watchBell(fd: number): number {
    this.set.set(fd, POLLIN);
    return 0;
  }

  protected override fetch(): void {
    let left = this.found > 0 ? this.found : this.set.wait(0);
    this.found = 0;
    // From the end, for who is taken out is replaced by the last one.
    for (let place = this.set.size - 1; left > 0 && place >= 0; place--) {
      const events = this.set.readyAt(place);
      if (events === 0) continue;
      left--;
      const fd = this.set.fdAt(place);
      const watched = this.watchedAt(fd);
      // Whatever is not about writing the call itself will tell, an error or a hang-up first of all.
      if (watched) this.becomeReady(watched, (events & ~POLLOUT) !== 0, (events & ~POLLIN) !== 0);
      else this.heard(fd);
    }
  }
}
