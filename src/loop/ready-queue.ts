import { beginMessages, endMessage } from "./message-clock.ts";
import type { SourceLocation } from "./slow-messages.ts";

/** Something that is ready to run, once. */
export interface Runnable {
  /** For reports of slow messages. */
  readonly name?: string;
  run(): void;
  /** Where it stands in the program; for reports of slow messages. */
  locate?(): SourceLocation | null;
}

/** What is ready, in order. Runnables that are added while a batch runs wait for the next batch. */
export class ReadyQueue {
  private waiting: (Runnable | null)[] = [];
  private waitingLength = 0;
  private running: (Runnable | null)[] = [];
  private runningLength = 0;
  private next = 0;

  get isEmpty(): boolean {
    return this.waitingLength === 0 && this.next === this.runningLength;
  }

  push(runnable: Runnable): void {
    this.waiting[this.waitingLength++] = runnable;
  }

  /** Runs one batch. If a runnable throws, so does this, and the rest of the batch is the next one. */
  runBatch(): void {
    if (this.next === this.runningLength) {
      const batch = this.waiting;
      this.waiting = this.running;
      this.running = batch;
      this.runningLength = this.waitingLength;
      this.waitingLength = 0;
      this.next = 0;
    }
    if (this.next === this.runningLength) return;
    const batch = this.running;
    beginMessages();
    while (this.next < this.runningLength) {
      const runnable = batch[this.next]!;
      batch[this.next++] = null;
      runnable.run();
      endMessage("task", runnable);
    }
  }
}
