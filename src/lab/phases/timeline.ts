/** One read as data: what its threads did, and the moments of the book's two phases, UNP chapter 6. */

/** What a thread does during a stretch of time. */
export type ThreadState = "blocked" | "working" | "calling";

/** A stretch of one thread's time. Microseconds since the read was asked for. */
export interface Stretch {
  readonly state: ThreadState;
  readonly fromUs: number;
  readonly toUs: number;
}

/** One system call, as made. */
export interface TracedCall {
  readonly name: string;
  readonly fromUs: number;
  readonly toUs: number;
  /** What it returned: "bytes", "ready" (descriptors), "number", of aio_error "in progress" or "done"; an error's name. */
  readonly outcome: string;
  /** The number that was returned, such as that of bytes. */
  readonly result: number;
  readonly thread: "loop" | "helper";
}

/** Who reads: one thread by the book's own calls, or Pentio's loop by the driver of the model. */
export type Form = "plain" | "driver";

/** One read on one model, measured. Microseconds since the read was asked for; null is "not measured". */
export interface Timeline {
  /** Pentio's name of the model. */
  readonly model: string;
  readonly form: Form;
  /** The book's name: "blocking", "non-blocking", "multiplexing", "signal-driven", "asynchronous". */
  readonly kind: string;
  readonly delayMs: number;
  readonly sizeBytes: number;
  /** The sender's clock, just before it sends. */
  readonly sentUs: number | null;
  /** The kernel's receive time-stamp: waiting for data ends. */
  readonly arrivedUs: number | null;
  /** The program heard of readiness (readiness models only). */
  readonly readyToldUs: number | null;
  /** The copy is complete: copying data ends. */
  readonly copiedUs: number | null;
  /** The program has the data. */
  readonly toldUs: number;
  /** The thread that asked. */
  readonly loopThread: readonly Stretch[];
  /** A thread that waits in its stead, if any (blocking, aio), else empty. */
  readonly helperThread: readonly Stretch[];
  readonly calls: readonly TracedCall[];
  /** Units of other work that the loop's thread did meanwhile. */
  readonly otherWork: number;
  /** Calls for the data that gave EAGAIN. */
  readonly retries: number;
  /** Why a null above could not be measured, by its name; `helperThread` is among them where it has one that cannot be seen. */
  readonly notMeasured: Readonly<Record<string, string>>;
}
