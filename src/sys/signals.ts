import {
  CLOCK_MONOTONIC,
  CLOCK_THREAD_CPUTIME_ID,
  PR_SET_PDEATHSIG,
  SIG_BLOCK,
  SIGEV_SIGNAL,
  SIGEV_THREAD_ID,
  SIGKILL,
} from "./constants.ts";
import { systemError } from "./errno.ts";
import { addressOf, addressOfSymbol, bind } from "./ffi.ts";
import { gettid, sigmask, timerCreate, timerSet } from "./syscalls.ts";

/** sizeof(sigset_t) of the C libraries. */
const SIGSET_BYTES = 128;

const sigrtmin = bind<() => number>("__libc_current_sigrtmin", "i32", []);

/**
 * The real-time signals that Pentio uses: the first ones that the C library has left free are the most popular, so they
 * are some way up.
 */
export const READINESS_SIGNAL = sigrtmin() + 10;
export const INTERRUPT_SIGNAL = sigrtmin() + 11;
export const COMPLETION_SIGNAL = sigrtmin() + 12;

/** A set of signals in pinned memory, a `sigset_t`. */
export function signalSet(...signals: number[]): Uint8Array {
  const set = Buffer.allocUnsafeSlow(SIGSET_BYTES).fill(0);
  for (const signal of signals) set[(signal - 1) >> 3] = set[(signal - 1) >> 3]! | (1 << ((signal - 1) & 7));
  return set;
}

/**
 * Blocks signals on this thread, so that they wait to be read by signalfd(2). They stay blocked: unblocking could let
 * one through that is still to come, and its default action ends the process. Node starts children with nothing blocked.
 */
export function blockSignals(set: Uint8Array): void {
  const result = sigmask(SIG_BLOCK, addressOf(set), 0);
  if (result < 0) throw systemError(result, "pthread_sigmask");
}

const setHandler = bind<(signal: number, handler: number) => number>("signal", "pointer", ["i32", "pointer"]);
const setInterrupts = bind<(signal: number, interrupts: number) => number>("siginterrupt", "i32", [
  "i32",
  "i32",
]);

/**
 * Makes {@link INTERRUPT_SIGNAL} do nothing but end the system call in which its thread is blocked (EINTR): its handler is
 * a function of the C library that has no effect.
 */
export function handleInterrupts(): void {
  setHandler(INTERRUPT_SIGNAL, addressOfSymbol("abs"));
  setInterrupts(INTERRUPT_SIGNAL, 1);
}

/** Of `struct sigevent`, in 32-bit words: the value (two), the signal, the kind, the thread. */
const SIGEVENT_WORDS = 16;

/**
 * A POSIX timer, timer_create(2), that interrupts this thread. The kernel keeps interrupting until it is told to stop, so
 * that none is lost between the thread's last look around and its system call.
 *
 * @returns the timer, for {@link setSignalTimer} on any thread
 */
export function makeInterruptTimer(): number {
  return makeTimer(CLOCK_MONOTONIC, SIGEV_THREAD_ID, INTERRUPT_SIGNAL);
}

/**
 * A POSIX timer that kills this process, SIGKILL, when this thread has computed for so long: it counts the thread's own
 * processor time. The kernel does it, so it works while no line of the program's is reached.
 *
 * @returns the timer, for {@link setSignalTimer}
 */
export function makeDeathTimer(): number {
  return makeTimer(CLOCK_THREAD_CPUTIME_ID, SIGEV_SIGNAL, SIGKILL);
}

const setProcess = bind<(what: number, value: number) => number>("prctl", "i32", ["i32", "pointer"]);

/**
 * Has the kernel kill this process, SIGKILL, when the thread ends that has started it, whatever the program does by then. One that
 * has ended already is not noticed.
 */
export function dieWithParent(): void {
  setProcess(PR_SET_PDEATHSIG, SIGKILL);
}

function makeTimer(clock: number, kind: number, signal: number): number {
  const event = new Int32Array(Buffer.allocUnsafeSlow(SIGEVENT_WORDS * 4).fill(0).buffer);
  event[2] = signal;
  event[3] = kind;
  event[4] = gettid();
  const timer = Buffer.allocUnsafeSlow(8);
  const result = timerCreate(clock, addressOf(event), addressOf(timer));
  if (result < 0) throw systemError(result, "timer_create");
  return Number(timer.readBigUInt64LE());
}

/** `struct itimerspec`: interval, then first expiry; seconds and nanoseconds, of whose 64 bits the lower halves do. */
const interval = new Int32Array(Buffer.allocUnsafeSlow(32).fill(0).buffer);
const intervalAddress = addressOf(interval);

/** Sets a timer to send its signal in `delayMs` (0: never), and then again every `intervalMs` (0: once). */
export function setSignalTimer(timer: number, delayMs: number, intervalMs: number): void {
  interval[0] = Math.floor(intervalMs / 1000);
  interval[2] = Math.floor((intervalMs % 1000) * 1e6);
  interval[4] = Math.floor(delayMs / 1000);
  interval[6] = Math.floor((delayMs % 1000) * 1e6);
  timerSet(timer, intervalAddress);
}
