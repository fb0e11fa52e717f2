import type { MessagePort } from "node:worker_threads";
import type { Welcome } from "./messages.ts";

/** What a worker thread is started with. */
export interface ThreadData {
  readonly welcome: Welcome;
  /** Calls come and answers go by it. */
  readonly port: MessagePort;
  /** The words below, of this thread. */
  readonly words: Int32Array;
  /** One number, counted up by all threads of an executor with each answer. */
  readonly signal: Int32Array;
}

/** Calls sent so far, modulo 2^32. */
export const REQUESTS = 0;
/** Answers sent so far, modulo 2^32. */
export const ANSWERS = 1;
/** The kernel's number of the thread, once it runs. */
export const THREAD = 2;
/** Whether the thread loads a module: if that is a native one, to end the thread meanwhile would end the process. */
export const LOADING = 3;
/** Whether the thread is to end when it has loaded its module. */
export const DOOMED = 4;
export const WORDS = 5;
