import { availableParallelism } from "node:os";
import { checkNumber, checkWhole, outOfRange } from "../sync/index.ts";
import type { AnyFunction } from "./call.ts";
import { checkFunction } from "./worker-module.ts";

/** How an executor works. */
export interface ExecutorOptions {
  /** Workers at most, 1 or more. They are started on demand. Default: as many as the process may use processors. */
  readonly maxWorkers?: number;
  /** Workers that idleness does not end. Default: 0. Of effect with {@link idleTimeoutMs}. */
  readonly minWorkers?: number;
  /** Milliseconds after which an idle worker ends. Default: Infinity, they stay: a fixed size. */
  readonly idleTimeoutMs?: number;
  /** Calls that may wait for a worker, 0 or more. Then `submit` refuses, and `enqueue` waits. Default: Infinity. */
  readonly queueCapacity?: number;
  /** Calls after which a worker is replaced by a new one, 1 or more. Default: Infinity. */
  readonly maxTasksPerWorker?: number;
  /**
   * Milliseconds within which a worker is to be ready, its initializer included. One that is not is ended, and fails its call with
   * BrokenExecutor; where there is an initializer, that has failed. Default: 60,000.
   */
  readonly startMs?: number;
  /** What each worker calls first. If it fails, or takes longer than {@link startMs}, the executor is broken. */
  readonly initializer?: AnyFunction;
  readonly initializerArgs?: readonly unknown[];
  /** Megabytes that the heap of a worker may have before it ends for lack of memory. Default: Node's. */
  readonly memoryLimitMb?: number;
}

/** The same, complete. */
export interface ExecutorSettings {
  readonly maxWorkers: number;
  readonly minWorkers: number;
  readonly idleTimeoutMs: number;
  readonly queueCapacity: number;
  readonly maxTasksPerWorker: number;
  readonly startMs: number;
  readonly initializer: AnyFunction | null;
  readonly initializerArgs: readonly unknown[];
  readonly memoryLimitMb: number | undefined;
}

const START_MS = 60_000;

/** @throws ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE */
export function checkOptions(options: ExecutorOptions): ExecutorSettings {
  const { initializer, initializerArgs = [], memoryLimitMb } = options;
  const maxWorkers = checkWhole("maxWorkers", options.maxWorkers ?? availableParallelism(), 1);
  const minWorkers = checkWhole("minWorkers", options.minWorkers ?? 0, 0);
  if (minWorkers > maxWorkers)
    throw outOfRange("minWorkers", `at most maxWorkers, ${maxWorkers}`, minWorkers);
  const idleTimeoutMs = checkNumber("idleTimeoutMs", options.idleTimeoutMs ?? Number.POSITIVE_INFINITY);
  if (!(idleTimeoutMs >= 0)) throw outOfRange("idleTimeoutMs", "0 or more", idleTimeoutMs);
  const startMs = checkNumber("startMs", options.startMs ?? START_MS);
  if (!(startMs > 0)) throw outOfRange("startMs", "more than 0", startMs);
  if (initializer !== undefined) checkFunction(initializer);
  return {
    maxWorkers,
    minWorkers,
    idleTimeoutMs,
    queueCapacity: checkLimit("queueCapacity", options.queueCapacity, 0),
    maxTasksPerWorker: checkLimit("maxTasksPerWorker", options.maxTasksPerWorker, 1),
    startMs,
    initializer: initializer ?? null,
    initializerArgs,
    memoryLimitMb: memoryLimitMb === undefined ? undefined : checkWhole("memoryLimitMb", memoryLimitMb, 1),
  };
}

/** A whole number, or no limit. */
function checkLimit(name: string, value: number | undefined, least: number): number {
  const limit = value ?? Number.POSITIVE_INFINITY;
  return limit === Number.POSITIVE_INFINITY ? limit : checkWhole(name, limit, least);
}
