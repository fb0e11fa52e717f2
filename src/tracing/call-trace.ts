import { getEnvironmentData, setEnvironmentData, threadId } from "node:worker_threads";
import { nowUs } from "./clock.ts";

/** By this name Node hands the trace's memory to threads that start later. */
const ENVIRONMENT_KEY = "pentio.callTrace";

/** Calls that a trace has room for. */
const CALLS_MAX = 2 ** 16;

/** Of a call: its name in ASCII, cut to that length, and its numbers by their places. */
const NAME_BYTES = 24;
const FROM = 0;
const TO = 1;
const RESULT = 2;
const ERROR = 3;
const FIRST_ARGUMENT = 4;
const THREAD = 5;
const NUMBERS = 6;

/** The count of calls comes first, alone; then all numbers, then all names. */
const NUMBERS_AT = 8;
const NAMES_AT = NUMBERS_AT + CALLS_MAX * NUMBERS * 8;
const TRACE_BYTES = NAMES_AT + CALLS_MAX * NAME_BYTES;

/** One call of a C function that has returned. */
export interface CallRecord {
  /** The C function's name. */
  readonly name: string;
  /** When it was called, and when it had returned: microseconds of {@link nowUs}. */
  readonly fromUs: number;
  readonly toUs: number;
  /** What the C function returned. */
  readonly result: number;
  /** `errno` after a result of -1, else 0. */
  readonly error: number;
  /** Mostly the descriptor; of syscall(2) the number of the system call. */
  readonly firstArgument: number;
  /** Node's number of the thread; 0 is the main thread. */
  readonly thread: number;
}

/** Reads `errno` of the calling thread, or sets it. */
export type Errno = (value?: number) => number;

type Call = (...args: number[]) => number | undefined;

/**
 * Calls of C functions with their times, from all threads of a process. The memory is shared: threads write, each into
 * the next free place, and whoever began the trace reads when they are done.
 */
export class CallTrace {
  private readonly count: Int32Array;
  private readonly numbers: Float64Array;
  private readonly names: Uint8Array;

  private constructor(memory: SharedArrayBuffer) {
    this.count = new Int32Array(memory, 0, 1);
    this.numbers = new Float64Array(memory, NUMBERS_AT, CALLS_MAX * NUMBERS);
    this.names = new Uint8Array(memory, NAMES_AT);
  }

  /** Begins a trace of what is bound from now on, by this thread and by those that it starts. */
  static begin(): CallTrace {
    const memory = new SharedArrayBuffer(TRACE_BYTES);
    setEnvironmentData(ENVIRONMENT_KEY, memory);
    current = new CallTrace(memory);
    return current;
  }

  /** The trace that was begun by the thread that has started this one, if any. */
  static inherited(): CallTrace | undefined {
    const memory = getEnvironmentData(ENVIRONMENT_KEY);
    return memory instanceof SharedArrayBuffer ? new CallTrace(memory) : undefined;
  }

  /** Forgets the calls so far. */
  clear(): void {
    Atomics.store(this.count, 0, 0);
  }

  /**
   * The calls that have returned since {@link clear}, in the order in which they did.
   *
   * @throws if there were more than it has room for
   */
  records(): CallRecord[] {
    const count = Atomics.load(this.count, 0);
    if (count > CALLS_MAX) throw new Error(`A trace has room for ${CALLS_MAX} calls; there were ${count}`);
    return Array.from({ length: count }, (_, index) => this.recordAt(index));
  }

  /** Notes a call. @param name the function's, as {@link NAME_BYTES} */
  write(name: Uint8Array, fromUs: number, toUs: number, result: number, error: number, first: number): void {
    const index = Atomics.add(this.count, 0, 1);
    if (index >= CALLS_MAX) return;
    const { numbers } = this;
    const at = index * NUMBERS;
    numbers[at + FROM] = fromUs;
    numbers[at + TO] = toUs;
    numbers[at + RESULT] = result;
    numbers[at + ERROR] = error;
    numbers[at + FIRST_ARGUMENT] = first;
    numbers[at + THREAD] = threadId;
    this.names.set(name, index * NAME_BYTES);
  }

  private recordAt(index: number): CallRecord {
    const name = this.names.subarray(index * NAME_BYTES, (index + 1) * NAME_BYTES);
    const at = index * NUMBERS;
    const number = (place: number) => this.numbers[at + place]!;
    return {
      name: Buffer.from(name).toString("latin1").replace(/\0+$/, ""),
      fromUs: number(FROM),
      toUs: number(TO),
      result: number(RESULT),
      error: number(ERROR),
      firstArgument: number(FIRST_ARGUMENT),
      thread: number(THREAD),
    };
  }
}

/** What this thread's calls are noted in. */
let current = CallTrace.inherited();

/**
 * A C function as it is, or where a trace was begun one that is noted in it. A trace changes neither its result nor `errno`.
 *
 * @param symbol its name
 * @param call the function as it was bound
 */
export function traced<F extends Call>(symbol: string, call: F, errno: Errno): F {
  const trace = current;
  if (!trace) return call;
  const name = Buffer.alloc(NAME_BYTES);
  name.write(symbol, "latin1");
  const noted = (...args: number[]) => {
    const fromUs = nowUs();
    const result = call(...args);
    const error = result === -1 ? errno() : 0;
    trace.write(name, fromUs, nowUs(), result ?? 0, error, args[0] ?? 0);
    if (error !== 0) errno(error);
    return result;
  };
  return noted as F;
}
