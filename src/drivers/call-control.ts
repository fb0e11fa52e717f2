/** What a thread that makes blocking calls shares with the thread that asks for them. */

/** The words of a thread's control block. */
export const STATE = 0;
/** Not 0: the thread is to come back from its call, or not to begin it. */
export const INTERRUPTED = 1;
/** Not 0: the thread is to end. */
export const QUIT = 2;
/** Milliseconds after which the call is to be interrupted, because others wait for the thread; 0: it may take its time. */
export const SLICE_MS = 3;
export const CALL = 4;
export const FD = 5;
export const LENGTH = 6;
export const RESULT = 7;
/** The timer that interrupts the thread, and one; 0 until the thread runs. */
export const TIMER = 8;
export const CONTROL_WORDS = 10;

/** Values of {@link STATE}. */
export const WAITING = 0;
export const CALLED = 1;
/** The thread touches nothing of ours any more. */
export const ENDED = 2;

/** The numbers that do not fit into a word, as doubles behind the words; for {@link SYSTEM_CALL} its six arguments. */
export const ADDRESS = 0;
export const POSITION = 1;
const NUMBERS = 6;

export const CONTROL_BYTES = CONTROL_WORDS * 4 + NUMBERS * 8;

/** How often the kernel repeats an interrupt that was not heeded. */
export const REPEAT_MS = 1;

/** The calls that threads make. */
export const RECV = 0;
export const SEND = 1;
export const ACCEPT4 = 2;
export const CONNECT = 3;
export const PREAD = 4;
export const PWRITE = 5;
/** connect(2) of a Unix socket, which is done at once or refused: it does not wait for room in the server's queue. */
export const CONNECT_UNIX = 6;
/** Any other, whose number stands in {@link FD}. */
export const SYSTEM_CALL = 7;
export type CallKind =
  | typeof RECV
  | typeof SEND
  | typeof ACCEPT4
  | typeof CONNECT
  | typeof PREAD
  | typeof PWRITE
  | typeof CONNECT_UNIX
  | typeof SYSTEM_CALL;

/** What a thread is started with. */
export interface CallThreadData {
  readonly control: SharedArrayBuffer;
  /** One word: not 0 while the thread that asks waits for {@link eventfd}. */
  readonly bell: SharedArrayBuffer;
  /** Where it is woken: an eventfd, or a pipe's end in its place. */
  readonly eventfd: number;
  /** SOCK_ flags for accept4(2). */
  readonly socketFlags: number;
  /** Interrupts that come by themselves, so that the thread notices being terminated; 0: none. */
  readonly heartbeatMs: number;
}
