import { ENOMEM } from "../../sys/index.ts";
import type { Ring } from "../../uring/index.ts";

/** No entry. */
export const NONE = -1;

/** A table of what a ring knows by an index. It is made when it is first needed. Linux 5.19. */
export class RingTable {
  private readonly ring: Ring;
  private readonly opcode: number;
  private readonly entries: number;
  private readonly free: number[] = [];
  /** Whether the ring has it; null: nobody has needed it yet. */
  private works: boolean | null = null;
  /** System calls so far. */
  calls = 0;

  /** @param opcode IORING_REGISTER_FILES2 or IORING_REGISTER_BUFFERS2 */
  constructor(ring: Ring, opcode: number, entries: number) {
    this.ring = ring;
    this.opcode = opcode;
    this.entries = entries;
  }

  /**
   * Fills an entry.
   *
   * @param set has the kernel do so, for an index; it returns 1, or -errno
   * @returns the index, or {@link NONE}: all are taken, or the kernel refuses
   */
  add(set: (index: number) => number): number {
    this.works ??= this.make();
    const index = this.works ? this.free.pop() : undefined;
    if (index === undefined) return NONE;
    this.calls++;
    const result = set(index);
    if (result === 1) return index;
    // As much is locked as may be (RLIMIT_MEMLOCK).
    if (result === -ENOMEM) this.works = false;
    this.free.push(index);
    return NONE;
  }

  /** Empties an entry, as {@link add} fills it. */
  remove(index: number, clear: (index: number) => number): void {
    this.calls++;
    clear(index);
    this.free.push(index);
  }

  private make(): boolean {
    this.calls++;
    if (this.ring.registerTable(this.opcode, this.entries) < 0) return false;
    for (let i = this.entries; i > 0; i--) this.free.push(i - 1);
    return true;
  }
}
