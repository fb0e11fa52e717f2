import type { ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Worker } from "node:worker_threads";
import workerpool from "workerpool";

/** What a worker is started with, as workerpool passes it on. */
export interface WorkerArguments {
  readonly workerThreadOpts?: object;
  readonly forkArgs?: string[];
  readonly forkOpts?: object;
}

/** What a worker is, by its kind. */
interface Workers {
  thread: Worker;
  process: ChildProcess;
}

/**
 * Where workerpool keeps its workers. It has no public way to one: its hooks are told what a worker is started with, and neither
 * they nor `stats()` name it. Without it no worker could be killed amid a call, unreferenced, or waited for by a program that ends.
 * The newest is the last, for one is started whenever none is free, and none ever is.
 */
interface Inside {
  readonly workers: readonly { readonly worker: Worker | ChildProcess }[];
}

/**
 * Starts workers by workerpool, and tells of their end. A worker's life is one task of workerpool's, which ends only with it;
 * what the worker does meanwhile comes and goes by a channel beside it, which can be read without this thread's loop.
 */
export class WorkerSource<K extends keyof Workers> {
  private readonly pool: workerpool.Pool;
  private next: WorkerArguments = {};

  constructor(kind: K) {
    this.pool = workerpool.pool(programPath(), {
      workerType: kind,
      // The executor counts them itself: one that ends still counts here.
      maxWorkers: Number.MAX_SAFE_INTEGER,
      onCreateWorker: () => this.next,
      // It waits so long for those that have gone already, and the process with it.
      workerTerminateTimeout: 1,
    });
  }

  /** @param ended told once, with the reason */
  start(args: WorkerArguments, ended: (cause: unknown) => void): Workers[K] {
    this.next = args;
    this.pool.exec("live").catch((error: Error) => ended(causeOf(error)));
    return (this.pool as unknown as Inside).workers.at(-1)!.worker as Workers[K];
  }
}

/** An end as workerpool tells it, in one line: what the worker failed with, or how it ended. */
function causeOf(error: Error): unknown {
  if (error.cause) return error.cause;
  const [, signal] = /signalCode: `(SIG\w+)`/.exec(error.message) ?? [];
  const [, exitCode] = /exitCode: `(\d+)`/.exec(error.message) ?? [];
  return new Error(signal ? `it was ended by ${signal}` : `it exited with code ${exitCode}`, {
    cause: error,
  });
}

let path: string | undefined;

/** The worker's program as the package has it bundled, for a worker should start fast. */
function programPath(): string {
  if (!path) {
    const manifest = createRequire(import.meta.url).resolve("pentio/package.json");
    path = fileURLToPath(new URL("dist/lib/executors/worker-program.js", pathToFileURL(manifest)));
  }
  return path;
}
