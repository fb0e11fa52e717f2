import type { MessagePort } from "node:worker_threads";
import type { Welcome } from "./messages.ts";

/** What a worker thread is started with. */
export interface ThreadData {
  readonly welcome: Welcome;
  /** Carries what does not go by the slots, and rings the bell for the thread. */
  readonly port: MessagePort;
  /** The descriptor of the caller's bell. */
  readonly bell: number;
  /** The memory of the {@link Slots} by which calls come and answers go. */
  readonly slots: SharedArrayBuffer;
  /** The words below, of this thread. */
  readonly words: Int32Array;
  /** The two numbers below, which all threads of an executor share. */
  readonly signal: Int32Array;
}

/** Counted up with each answer, modulo 2^32. */
export const ANSWERS = 0;
/** Whether the caller is blocked, in Atomics.wait on {@link ANSWERS}. */
export const BLOCKED = 1;
export const SIGNAL_WORDS = 2;

/** The message that says: look at the slots. */
export const BELL = null;
export type Bell = typeof BELL;

/** Whether the thread has to be woken for a call, and how: the states below. */
export const SLEEP = 0;
/** Whether a bell is on its way to the caller, who has not looked since. */
export const RUNG = 1;
/** The kernel's number of the thread, once it runs. */
export const THREAD = 2;
/** Whether the thread loads a module: if that is a native one, to end the thread meanwhile would end the process. */
export const LOADING = 3;
/** Whether the thread is to end when it has loaded its module. */
export const DOOMED = 4;
/** How often calls have told how far they are, modulo 2^32. */
export const TOLD = 5;
export const WORDS = 6;

/** It will look by itself. */
export const AWAKE = 0;
/** It sleeps in Atomics.wait, on the word {@link SLEEP}. */
export const LINGERS = 1;
/** It is in its loop, where a bell reaches it. */
export const IN_LOOP = 2;

/**
 * For so long after a bell the thread rings no other while it has calls to make: many answers, one bell. The last before a call that
 * takes long may be among them, so the caller looks by itself once, {@link LOOK_MS} after each bell.
 */
export const GATHER_MS = 0.05;
/** A timer's milliseconds: one may be over already when it is set. */
export const LOOK_MS = 2;
