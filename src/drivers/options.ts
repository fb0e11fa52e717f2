import type { CallThreadsOptions } from "./call-threads.ts";
import type { NonblockingOptions } from "./nonblocking/index.ts";

/** Settings of the models that have some. */
export interface ModelOptions {
  readonly blocking?: CallThreadsOptions;
  readonly nonblocking?: NonblockingOptions;
}

let chosen: ModelOptions = {};

/**
 * Changes settings of models, for this thread and before the model is first used in it. What is not given here comes from
 * the environment: PENTIO_BLOCKING_THREADS, PENTIO_NONBLOCKING_CPU.
 *
 * @throws ERR_OUT_OF_RANGE for a value that is out of its range
 */
export function configureModels(options: ModelOptions): void {
  const { threadsMax } = options.blocking ?? {};
  const { idleCpu } = options.nonblocking ?? {};
  if (threadsMax !== undefined) checkThreads(threadsMax, "blocking.threadsMax");
  if (idleCpu !== undefined) checkShare(idleCpu, "nonblocking.idleCpu");
  chosen = { ...chosen, ...options };
}

export function blockingOptions(): CallThreadsOptions {
  const name = "PENTIO_BLOCKING_THREADS";
  const text = process.env[name];
  return { ...(text ? { threadsMax: checkThreads(Number(text), name) } : {}), ...chosen.blocking };
}

export function nonblockingOptions(): NonblockingOptions {
  const name = "PENTIO_NONBLOCKING_CPU";
  const text = process.env[name];
  return { ...(text ? { idleCpu: checkShare(Number(text), name) } : {}), ...chosen.nonblocking };
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
