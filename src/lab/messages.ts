/**
 * What the lab and its child programs tell each other through Node's IPC channel, and how a child's life hangs on it.
 */
import type { FileFigures, FileWork } from "./file-report.ts";
import type { Timeline } from "./phases/timeline.ts";
import type { LoadResult } from "./report.ts";

/** To or from a child program. */
export type Message =
  /** A server is ready. */
  | { type: "listening"; port: number }
  /** The load generator has all of its connections. */
  | { type: "connected" }
  /** To the load generator: send requests for so long. */
  | { type: "run"; seconds: number }
  | { type: "ran"; result: LoadResult }
  /** To the load generator: end the connections and see that nothing else comes. */
  | { type: "finish" }
  | { type: "finished"; excessBytes: number }
  /** The works on a file are done. */
  | { type: "worked"; figures: Record<FileWork, FileFigures>; threads: number }
  /** Reads on a model were measured. */
  | { type: "timed"; timelines: Timeline[] }
  /** Node has warned it of something; it goes on. */
  | { type: "warned"; warning: string }
  | { type: "failed"; reason: string };

/** For a child program: tells the lab something. */
export function tellLab(message: Message): void {
  process.send?.(message);
}

/**
 * For a child program: makes it end with the lab, however that ends. The kernel closes the channel even when the lab is
 * killed. A Ctrl-C, which the terminal sends to all of them, is the lab's to act on.
 */
export function endWithLab(): void {
  if (!process.send) {
    console.error('This program is a part of "pentio lab", which starts it');
    process.exit(2);
  }
  process.on("disconnect", () => process.exit());
  process.on("SIGINT", () => {});
}
