import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ExecutorOptions,
  ProcessPoolExecutor,
  ThreadPoolExecutor,
  workerModule,
} from "pentio/executors";
import { eventually } from "./settling.ts";

export const tasks = workerModule<typeof import("./worker-tasks.ts")>(
  new URL("./worker-tasks.js", import.meta.url),
);

type WorkerExecutor = ThreadPoolExecutor | ProcessPoolExecutor;

/** Both kinds, which are to behave alike. */
export const kinds: readonly [string, (options?: ExecutorOptions) => WorkerExecutor][] = [
  ["ThreadPoolExecutor", (options) => new ThreadPoolExecutor(options)],
  ["ProcessPoolExecutor", (options) => new ProcessPoolExecutor(options)],
];

/** Two files by which a test and the function `hold` in a worker meet. */
export class Gate implements Disposable {
  private readonly folder = mkdtempSync(join(tmpdir(), "pentio-gate-"));
  readonly started = join(this.folder, "started");
  readonly gate = join(this.folder, "gate");

  /** Waits until the function runs. */
  async reached(): Promise<void> {
    await eventually(() => existsSync(this.started), "the function runs", 60_000);
  }

  /** Lets it end. */
  open(): void {
    writeFileSync(this.gate, "");
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}
