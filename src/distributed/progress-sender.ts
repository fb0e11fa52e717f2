import type { Job } from "bullmq";
import { encode } from "./job-data.ts";

/** Tells Redis how far a job is: one value at a time, and of those that come meanwhile the last. */
export class ProgressSender {
  /** All was told, or could not be. */
  done: Promise<void> = Promise.resolve();
  private readonly job: Job;
  private latest: { readonly value: unknown } | null = null;
  private isSending = false;

  constructor(job: Job) {
    this.job = job;
  }

  send(value: unknown): void {
    this.latest = { value };
    if (!this.isSending) this.done = this.sendAll();
  }

  private async sendAll(): Promise<void> {
    this.isSending = true;
    for (let next = this.latest; next; next = this.latest) {
      this.latest = null;
      // A job that is gone has nobody who waits for it.
      await this.job.updateProgress(encode(next.value)).catch(() => {});
    }
    this.isSending = false;
  }
}
