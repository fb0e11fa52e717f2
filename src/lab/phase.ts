import { createHistogram } from "node:perf_hooks";
import type { LoadResult } from "./report.ts";

/** One phase of the load generator: until when it sends, and what came of it. */
export class Phase {
  private readonly startedAt = performance.now();
  /** No request is begun after this. */
  readonly endsAt: number;
  /** Nanoseconds. Node's own HDR histogram: three significant digits, and no allocation for a value. */
  private readonly latencies = createHistogram();
  private lastReplyAt = this.startedAt;
  private bytes = 0;
  private mismatches = 0;
  private firstMismatch: string | null = null;

  constructor(seconds: number) {
    this.endsAt = this.startedAt + seconds * 1000;
  }

  /** Notes a complete reply. @returns the present time, at which the next request starts */
  replied(sentAt: number, bytes: number): number {
    const repliedAt = performance.now();
    this.latencies.record(Math.max(1, Math.round((repliedAt - sentAt) * 1e6)));
    this.lastReplyAt = repliedAt;
    this.bytes += bytes;
    return repliedAt;
  }

  /** Notes that a reply was wrong, and how. */
  mismatched(explanation: string): void {
    this.mismatches++;
    this.firstMismatch ??= explanation;
  }

  get result(): LoadResult {
    return {
      requests: this.latencies.count,
      seconds: (this.lastReplyAt - this.startedAt) / 1000,
      bytes: this.bytes,
      mismatches: this.mismatches,
      firstMismatch: this.firstMismatch,
      latencyUs: {
        p50: this.latencyUs(50),
        p90: this.latencyUs(90),
        p99: this.latencyUs(99),
        p999: this.latencyUs(99.9),
      },
    };
  }

  private latencyUs(percentile: number): number {
    return this.latencies.percentile(percentile) / 1000;
  }
}
