import { BLOCKING_THREADS_MAX, type CallThreadsOptions } from "./call-threads.ts";
import type { NonblockingOptions } from "./nonblocking/index.ts";

/** How the models that wait for readiness read and write files, and io_uring does what its ring cannot: on threads. */
export interface FileOptions {
  /**
   * Threads at most, 1 or more, for each driver. They start when they are needed, are used again, and take about 8 MB each.
   * Requests beyond wait in a queue. Default 4, as libuv's.
   */
  readonly threadsMax?: number;
}

/** Settings of the models that have some. */
export interface ModelOptions {
  readonly blocking?: CallThreadsOptions;
  readonly nonblocking?: NonblockingOptions;
  /** Of nonblocking, select, poll, epoll, signal and io_uring. */
  readonly files?: FileOptions;
}

let chosen: ModelOptions = {};

/**
 * Changes settings of models, for this thread and before the model is first used in it. What is not given here comes from
 * the environment: PENTIO_BLOCKING_THREADS, PENTIO_NONBLOCKING_CPU, PENTIO_FILE_THREADS.
 *
 * @throws ERR_OUT_OF_RANGE for a value that is out of its range
 */
export function configureModels(options: ModelOptions): void {
  const { threadsMax } = options.blocking ?? {};
  const { idleCpu } = options.nonblocking ?? {};
  if (threadsMax !== undefined) checkThreads(threadsMax, "blocking.threadsMax");
  const fileThreads = options.files?.threadsMax;
  if (fileThreads !== undefined) checkThreads(fileThreads, "files.threadsMax");
  if (idleCpu !== undefined) checkShare(idleCpu, "nonblocking.idleCpu");
  chosen = { ...chosen, ...options };
}

export function blockingOptions(): CallThreadsOptions {
  return { ...threadsFromEnvironment("PENTIO_BLOCKING_THREADS"), ...chosen.blocking };
}

/** Threads that the blocking model has at most, as it is set. @throws ERR_OUT_OF_RANGE */
export function blockingThreadsMax(): number {
  return blockingOptions().threadsMax ?? BLOCKING_THREADS_MAX;
}

export function fileOptions(): FileOptions {
  return { ...threadsFromEnvironment("PENTIO_FILE_THREADS"), ...chosen.files };
}

export function nonblockingOptions(): NonblockingOptions {
  const name = "PENTIO_NONBLOCKING_CPU";
  const text = process.env[name];
  return { ...(text ? { idleCpu: checkShare(Number(text), name) } : {}), ...chosen.nonblocking };
}

function threadsFromEnvironment(name: string): { threadsMax?: number } {
  const text = process.env[name];
  return text ? { threadsMax: checkThreads(Number(text), name) } : {};
}

function checkThreads(value: number, source: string): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw outOfRange(`${source} is a number of threads, 1 or more, not ${value}`);
}

function checkShare(value: number, source: string): number {
  if (value > 0 && value <= 1) return value;
  throw outOfRange(`${source} is a share of one processor, above 0 and at most 1, not ${value}`);
}

function outOfRange(message: string): Error {
  return Object.assign(new RangeError(message), { code: "ERR_OUT_OF_RANGE" });
}
