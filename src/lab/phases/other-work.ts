import { createHash } from "node:crypto";

/** Some 10 to 20 microseconds of work. */
const UNIT = Buffer.alloc(16 * 1024, "Pentio");

/** Work that has nothing to do with the read: hashes, one after the other, between which the thread's loop has its turn. */
export class OtherWork {
  /** Units done so far. */
  units = 0;
  private next: NodeJS.Immediate | undefined;

  /** Does units, each among Node's immediates, until {@link stop}. */
  readonly start = (): void => {
    this.next = setImmediate(this.start);
    this.doUnit();
  };

  stop(): void {
    clearImmediate(this.next);
  }

  doUnit(): void {
    createHash("sha256").update(UNIT).digest();
    this.units++;
  }
}
