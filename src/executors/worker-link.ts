import type { Transferable } from "node:worker_threads";
import type { Answer, CallMessage } from "./messages.ts";

/** What a link tells: in a turn of Node's loop, never while it is called. */
export interface LinkListener {
  /** There may be answers to be {@link WorkerLink.take}n. */
  answersCame(): void;
  /** The worker is gone. */
  ended(cause: unknown): void;
}

/** The way to a worker and back, and what holds it. */
export interface WorkerLink {
  /**
   * Sends a call, when all before are answered.
   *
   * @throws DataCloneError for what cannot be sent
   */
  post(message: CallMessage, transfers: readonly Transferable[]): void;
  /** Sends a call ahead of its turn, behind others. @returns false if that cannot be, for now or for this one */
  append(functionId: number, args: readonly unknown[]): boolean;
  /** Takes back what was {@link append}ed last, unless the worker has begun it. */
  recall(): boolean;
  /** @param index of a call, counted from the first whose answer was not taken */
  hasBegun(index: number): boolean;
  /** Takes an answer that has come, without waiting and without this thread's loop. */
  take(): Answer | undefined;
  /** Whether the worker is known to have ended, without this thread's loop. */
  hasEnded(): boolean;
  /** Has the process stay alive for it. A new link does not. */
  ref(): void;
  unref(): void;
  /** Tells the worker to end when it has done what it was sent. The process stays alive until it has. */
  quit(): void;
  /** Ends the worker, whatever it does. */
  kill(): void;
}

/** What makes links of one kind, and waits on them. */
export interface LinkMaker<L extends WorkerLink = WorkerLink> {
  make(listener: LinkListener): L;
  /** Before looking at the links; for {@link sleep}. */
  mark(): void;
  /** Blocks the thread until something may have come since {@link mark}, or for so long. */
  sleep(timeoutMs: number): void;
}
