import { addressOf, POLLFD_BYTES, POLLIN, syscalls, threadCpuNs } from "../../sys/index.ts";
import type { CallThreadsOptions } from "../call-threads.ts";
import { ReadinessDriver, type Watched } from "../readiness-driver.ts";

/** How the model trades processor time for latency. */
export interface NonblockingOptions {
  /**
   * The share of one processor that retries may use while nothing happens, above 0, at most 1. The less, the longer the
   * pauses between them, and the later data is noticed after a long silence. Default 0.02: with a few descriptors, pauses
   * of up to 20 ms; with a thousand, of up to 70 ms. Where waking up costs more than 0.4 ms, as on some virtual machines, they
   * are longer: it is measured.
   */
  readonly idleCpu?: number;
}

/** A pause is at most this share of the silence so far: what is late is late in proportion. */
const PAUSE_SHARE = 1 / 8;

/** Shorter pauses are not worth a system call. */
const PAUSE_MS_MIN = 0.05;

/** What waking up and trying costs at least: pauses that are shorter than they need be would use up all of the share. */
const RETRY_MS_MIN = 0.4;

/** What this thread takes of the share: the rest is for what V8 does on others, where it collects this one's garbage. */
const OWN_PART = 2 / 3;

/** Weight of the newest retry in the mean. */
const NEWEST_WEIGHT = 1 / 8;

/**
 * The non-blocking model: nothing tells of readiness. Every call that said EAGAIN is tried again and again, at once while
 * there is traffic, and with growing pauses when there is none. O_NONBLOCK is without effect on regular files: they go
 * to a pool of threads, whose answers end a pause.
 */
export class NonblockingDriver extends ReadinessDriver {
  override readonly model = "nonblocking";
  private readonly waiting = new Set<Watched>();
  private readonly idleCpu: number;
  /** When something last completed or began to wait. */
  private activeAt = 0;
  private triedAt = 0;
  /** CPU time of a retry that finds nothing: waking up, the calls, and going to sleep again. A moving mean. */
  private retryMs = RETRY_MS_MIN;
  /** The thread's CPU time when a pause began that ended by itself, in nanoseconds; -1 for any other. */
  private cpuNs = -1;
  /** For a pause that Node's own events and the threads end: two of `struct pollfd`, and a `struct timespec`. */
  private readonly pause = new Int32Array(Buffer.allocUnsafeSlow(2 * POLLFD_BYTES + 16).fill(0).buffer);
  private readonly pauseAddress = addressOf(this.pause);
  /** Its pauses. */
  protected override waitingCalls = 0;
  /** The bell of the threads for files; -1, which poll(2) passes over, while there are none. */
  private bell = -1;

  /** @param fileOptions the threads for files */
  constructor({ idleCpu = 0.02 }: NonblockingOptions = {}, fileOptions?: CallThreadsOptions) {
    super(fileOptions);
    this.idleCpu = idleCpu;
  }

  /** Waits until it is time to try again. */
  wait(also: number, timeoutMs: number): boolean {
    const now = performance.now();
    const dueAt = this.waiting.size === 0 ? Number.POSITIVE_INFINITY : this.triedAt + this.pauseMs(now);
    const leftMs = timeoutMs < 0 ? dueAt - now : Math.min(dueAt - now, timeoutMs);
    const pauses = leftMs >= PAUSE_MS_MIN;
    if (pauses) this.measure();
    const rang = (pauses || this.bell >= 0) && this.sleep(also, Math.max(0, leftMs));
    const isDue = performance.now() >= dueAt - PAUSE_MS_MIN;
    if (!pauses || !isDue) this.cpuNs = -1;
    return rang || isDue;
  }

  protected override watch(): number {
    return 0;
  }

  protected override waitsFor(watched: Watched): number {
    if (watched.reader === null && watched.writer === null) this.waiting.delete(watched);
    else {
      this.waiting.add(watched);
      this.becomeActive(performance.now());
    }
    return 0;
  }

  protected override forget(watched: Watched): void {
    this.waiting.delete(watched);
  }

  protected override watchBell(fd: number): number {
    this.bell = fd;
    return 0;
  }

  protected override fetch(): void {
    const before = this.books.waiting;
    for (const watched of this.waiting) this.becomeReady(watched, true, true);
    this.triedAt = performance.now();
    if (this.books.waiting > before) this.becomeActive(this.triedAt);
  }

  /** Something has happened: what the thread does from here to the next pause is no retry alone. */
  private becomeActive(now: number): void {
    this.activeAt = now;
    this.cpuNs = -1;
  }

  private pauseMs(now: number): number {
    const longestMs = Math.max(RETRY_MS_MIN, this.retryMs / OWN_PART) / this.idleCpu;
    return Math.min(longestMs, (now - this.activeAt) * PAUSE_SHARE);
  }

  /** Before a pause: what has been done since the last one, if that was nothing but a retry. */
  private measure(): void {
    const cpuNs = threadCpuNs();
    if (this.cpuNs >= 0) this.retryMs += NEWEST_WEIGHT * ((cpuNs - this.cpuNs) / 1e6 - this.retryMs);
    this.cpuNs = cpuNs;
  }

  /** @returns whether the threads have ended it */
  private sleep(also: number, durationMs: number): boolean {
    const { bell, pause, pauseAddress } = this;
    pause[0] = also;
    pause[1] = POLLIN;
    pause[2] = bell;
    pause[3] = POLLIN;
    const isEndless = durationMs === Number.POSITIVE_INFINITY;
    if (!isEndless) {
      pause[4] = Math.floor(durationMs / 1000);
      pause[6] = Math.floor((durationMs % 1000) * 1e6);
    }
    this.waitingCalls++;
    syscalls.ppoll(pauseAddress, 2, isEndless ? 0 : pauseAddress + 2 * POLLFD_BYTES, 0);
    const rang = pause[3] >>> 16 !== 0;
    if (rang) this.heard(bell);
    return rang;
  }
}
