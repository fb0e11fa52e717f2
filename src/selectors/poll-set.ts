import { addressOf, EINTR, POLLFD_BYTES, syscalls, systemError } from "../sys/index.ts";

const ENTRIES_MIN = 64;

/** The array of `struct pollfd` that poll(2) works on, in pinned memory that grows. */
export class PollSet {
  /** poll calls so far. */
  calls = 0;
  private entries = 0;
  private readonly places: (number | undefined)[] = [];
  private memory!: Buffer;
  private address = 0;
  private fds!: Int32Array;
  /** Two to an entry: the events asked for, the events that are in. */
  private events!: Uint16Array;

  constructor() {
    this.allocate(ENTRIES_MIN);
  }

  get size(): number {
    return this.entries;
  }

  /** What a descriptor is asked for: POLL bits; 0 if it is not in the set. */
  wanted(fd: number): number {
    const place = this.places[fd];
    return place === undefined ? 0 : this.events[4 * place + 2]!;
  }

  /** Asks for POLL bits of a descriptor, which joins the set if it is not in it. */
  set(fd: number, events: number): void {
    let place = this.places[fd];
    if (place === undefined) {
      if ((this.entries + 1) * POLLFD_BYTES > this.memory.length) this.allocate(2 * this.entries);
      place = this.entries++;
      this.places[fd] = place;
      this.fds[2 * place] = fd;
      this.events[4 * place + 3] = 0;
    }
    this.events[4 * place + 2] = events;
  }

  /** Takes a descriptor out; the last entry takes its place. Without effect on one that is not in the set. */
  remove(fd: number): void {
    const place = this.places[fd];
    if (place === undefined) return;
    this.places[fd] = undefined;
    const last = --this.entries;
    if (place === last) return;
    const moved = this.fds[2 * last]!;
    this.fds[2 * place] = moved;
    this.fds[2 * place + 1] = this.fds[2 * last + 1]!;
    this.places[moved] = place;
  }

  /**
   * poll(2). What is ready is then found by {@link fdAt} and {@link readyAt} at the places from 0 to {@link size}.
   *
   * @param timeoutMs whole milliseconds; -1 waits without end
   * @returns how many descriptors are ready, or -EINTR
   */
  wait(timeoutMs: number): number {
    this.calls++;
    const count = syscalls.poll(this.address, this.entries, timeoutMs);
    if (count >= 0 || count === -EINTR) return count;
    throw systemError(count, "poll");
  }

  fdAt(place: number): number {
    return this.fds[2 * place]!;
  }

  /** The POLL bits that the last {@link wait} found. */
  readyAt(place: number): number {
    return this.events[4 * place + 3]!;
  }

  /** The POLL bits that the last {@link wait} found for a descriptor that is in the set. */
  ready(fd: number): number {
    return this.readyAt(this.places[fd]!);
  }

  private allocate(entries: number): void {
    const memory = Buffer.allocUnsafeSlow(entries * POLLFD_BYTES);
    if (this.memory) memory.set(this.memory);
    this.memory = memory;
    this.address = addressOf(memory);
    this.fds = new Int32Array(memory.buffer);
    this.events = new Uint16Array(memory.buffer);
  }
}
