import { addressOf, FD_SETSIZE, syscalls } from "../sys/index.ts";

const WORDS = FD_SETSIZE / 32;

/** The sets of descriptors that select(2) works on: what is asked for, and what the last call found. */
export class SelectSet {
  /** select calls so far. */
  calls = 0;
  /** Asked for reading, asked for writing, ready for reading, ready for writing: a bit for each descriptor. */
  private readonly words = new Int32Array(Buffer.allocUnsafeSlow(4 * WORDS * 4).fill(0).buffer);
  private readonly readyAddress = addressOf(this.words) + 2 * WORDS * 4;
  /** `struct timeval`: two 64-bit integers, of which the lower halves do. */
  private readonly timeout = new Int32Array(Buffer.allocUnsafeSlow(16).fill(0).buffer);
  private readonly timeoutAddress = addressOf(this.timeout);
  /** The highest descriptor that is asked for, and one. */
  private end = 0;

  /**
   * Asks for a descriptor to be watched; for neither, it leaves the sets.
   *
   * @throws ERR_OUT_OF_RANGE for a descriptor that has no bit in the sets: select(2) would write beyond them
   */
  set(fd: number, reading: boolean, writing: boolean): void {
    if (!(fd >= 0 && fd < FD_SETSIZE)) throw outOfRange(fd);
    const word = fd >> 5;
    const bit = 1 << (fd & 31);
    this.words[word] = reading ? this.words[word]! | bit : this.words[word]! & ~bit;
    this.words[WORDS + word] = writing ? this.words[WORDS + word]! | bit : this.words[WORDS + word]! & ~bit;
    if (reading || writing) {
      if (fd >= this.end) this.end = fd + 1;
    } else if (fd === this.end - 1) {
      while (this.end > 0 && !this.isWanted(this.end - 1)) this.end--;
    }
  }

  /** The highest descriptor in the sets, and one. */
  get limit(): number {
    return this.end;
  }

  /**
   * select(2). What is ready is then found by {@link isReadable} and {@link isWritable}.
   *
   * @param timeoutMs milliseconds, fractions allowed; -1 waits without end
   * @returns how many bits are set, or -errno: -EINTR, or -EBADF if a descriptor was closed behind its back
   */
  wait(timeoutMs: number): number {
    this.calls++;
    this.words.copyWithin(2 * WORDS, 0, 2 * WORDS);
    const writing = this.readyAddress + WORDS * 4;
    let timeout = 0;
    if (timeoutMs >= 0) {
      const microseconds = Math.ceil(timeoutMs * 1000);
      this.timeout[0] = Math.floor(microseconds / 1e6);
      this.timeout[2] = microseconds % 1e6;
      timeout = this.timeoutAddress;
    }
    return syscalls.select(this.end, this.readyAddress, writing, 0, timeout);
  }

  isReadable(fd: number): boolean {
    return (this.words[2 * WORDS + (fd >> 5)]! & (1 << (fd & 31))) !== 0;
  }

  isWritable(fd: number): boolean {
    return (this.words[3 * WORDS + (fd >> 5)]! & (1 << (fd & 31))) !== 0;
  }

  private isWanted(fd: number): boolean {
    const bit = 1 << (fd & 31);
    return ((this.words[fd >> 5]! | this.words[WORDS + (fd >> 5)]!) & bit) !== 0;
  }
}

function outOfRange(fd: number): Error {
  const message = `select(2) watches descriptors below ${FD_SETSIZE}, not ${fd}: use PollSelector or EpollSelector`;
  return Object.assign(new RangeError(message), { code: "ERR_OUT_OF_RANGE" });
}
