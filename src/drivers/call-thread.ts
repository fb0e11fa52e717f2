import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { isMainThread, Worker } from "node:worker_threads";
import { addressOf, EINTR, SlabPool, setSignalTimer, syscalls } from "../sys/index.ts";
import {
  ADDRESS,
  CALL,
  CALLED,
  type CallKind,
  type CallThreadData,
  CONTROL_BYTES,
  CONTROL_WORDS,
  ENDED,
  FD,
  INTERRUPTED,
  LENGTH,
  POSITION,
  QUIT,
  REPEAT_MS,
  RESULT,
  SLICE_MS,
  STATE,
  SYSTEM_CALL,
  TIMER,
  WAITING,
} from "./call-control.ts";
import type { Request } from "./request.ts";

/** A thread of a Worker looks this often whether the Worker was terminated, for nobody can tell it. */
const HEARTBEAT_MS = isMainThread ? 0 : 500;

/** A thread that was killed from outside never says that it has ended. */
const JOIN_MS_MAX = 5000;

/** A thread that makes blocking system calls, as the thread that asks for them sees it. */
export class CallThread {
  /** What it works for, or null while it is idle. */
  request: Request | null = null;
  /** Where it receives. A call has it for itself for as long as it blocks. */
  readonly pool = new SlabPool();
  private readonly control = new SharedArrayBuffer(CONTROL_BYTES);
  private readonly words = new Int32Array(this.control, 0, CONTROL_WORDS);
  private readonly numbers = new Float64Array(this.control, CONTROL_WORDS * 4);
  /** Where the kernel finds the word {@link STATE}, which the thread sleeps on while there is nothing to do. */
  private readonly stateAddress = addressOf(this.words) + STATE * 4;
  private readonly worker: Worker;
  /** Whether an interrupt is to come. */
  timed = false;

  /**
   * @param ended called when the thread is gone, with the reason if that was not asked for
   * @throws ERR_WORKER_INIT_FAILED if the system has no thread left
   */
  constructor(
    data: Omit<CallThreadData, "control" | "heartbeatMs">,
    ended: (thread: CallThread, error: unknown) => void,
  ) {
    const workerData: CallThreadData = { ...data, control: this.control, heartbeatMs: HEARTBEAT_MS };
    this.worker = new Worker(programUrl(), {
      name: "pentio call",
      workerData,
      execArgv: [],
      env: {},
      trackUnmanagedFds: false,
      // Its heap holds next to nothing.
      resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32, stackSizeMb: 1 },
    });
    this.worker.unref();
    let cause: unknown;
    this.worker.once("error", (error) => {
      cause = error;
    });
    this.worker.once("exit", () => ended(this, cause));
  }

  /** Whether it has come to work at all. */
  get hasRun(): boolean {
    return Atomics.load(this.words, TIMER) !== 0;
  }

  /** Has it make a call. The numbers are the call's; those that it does not have are 0. */
  call(kind: CallKind, fd: number, address: number, lengthBytes: number, position: number): void {
    const { words, numbers } = this;
    words[CALL] = kind;
    words[FD] = fd;
    words[LENGTH] = lengthBytes;
    numbers[ADDRESS] = address;
    numbers[POSITION] = position;
    this.go();
  }

  /** Has it make any other system call. */
  callSystem(number: number, args: readonly number[]): void {
    const { words, numbers } = this;
    words[CALL] = SYSTEM_CALL;
    words[FD] = number;
    for (let i = 0; i < numbers.length; i++) numbers[i] = args[i] ?? 0;
    this.go();
  }

  /** Whether the call has returned, and nobody has taken its result. */
  get hasReturned(): boolean {
    return this.request !== null && Atomics.load(this.words, STATE) === WAITING;
  }

  /** The call's value or -errno: -EINTR if it was interrupted. The thread is idle from then on. */
  takeResult(): number {
    this.request = null;
    if (this.timed) {
      this.timed = false;
      Atomics.store(this.words, INTERRUPTED, 0);
      Atomics.store(this.words, SLICE_MS, 0);
      this.setTimer(HEARTBEAT_MS, HEARTBEAT_MS);
    }
    return this.result;
  }

  /** What its last call has come to, once that has returned or the thread has ended; -EINTR if it was not made. */
  get result(): number {
    return this.words[RESULT]!;
  }

  /** Brings it back from its call. */
  interrupt(): void {
    this.timed = true;
    Atomics.store(this.words, INTERRUPTED, 1);
    this.setTimer(REPEAT_MS / 100, REPEAT_MS);
  }

  /** Has the next call be interrupted if it takes longer. */
  limitNext(sliceMs: number): void {
    this.timed = true;
    Atomics.store(this.words, SLICE_MS, sliceMs);
  }

  /** Brings it back from its call if that takes longer from now on. */
  limit(sliceMs: number): void {
    // The thread may not have come to its call yet.
    this.limitNext(Math.ceil(sliceMs));
    this.setTimer(sliceMs, REPEAT_MS);
  }

  /** Tells it to end, even out of its call. */
  quit(): void {
    Atomics.store(this.words, QUIT, 1);
    if (Atomics.compareExchange(this.words, STATE, WAITING, CALLED) === WAITING) {
      syscalls.futexWake(this.stateAddress, 1);
    } else this.interrupt();
  }

  /**
   * Waits until it has ended, with this thread blocked: a moment. A thread that is in the middle of a foreign function when
   * Node ends it would take the process down.
   *
   * @returns false if it did not end in time
   */
  join(): boolean {
    for (let waitedMs = 0; waitedMs < JOIN_MS_MAX; waitedMs++) {
      if (Atomics.load(this.words, STATE) === ENDED) return true;
      syscalls.poll(0, 0, 1);
    }
    return false;
  }

  private go(): void {
    this.words[RESULT] = -EINTR;
    Atomics.store(this.words, STATE, CALLED);
    syscalls.futexWake(this.stateAddress, 1);
  }

  /** A thread that does not run yet has no timer; it looks at the control block before its call. */
  private setTimer(delayMs: number, intervalMs: number): void {
    const timer = Atomics.load(this.words, TIMER) - 1;
    if (timer >= 0) setSignalTimer(timer, delayMs, intervalMs);
  }
}

let url: URL | undefined;

/** The thread's program as the package has it bundled, for a thread should start fast. */
function programUrl(): URL {
  if (!url) {
    const manifest = createRequire(import.meta.url).resolve("pentio/package.json");
    url = new URL("dist/lib/drivers/call-thread-program.js", pathToFileURL(manifest));
  }
  return url;
}
