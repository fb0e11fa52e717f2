import { checkCapacity, checkNumber, checkWhole, outOfRange } from "../sync/index.ts";

/** How a {@link DistributedExecutor} works. */
export interface DistributedOptions {
  /**
   * Where Redis is: a URL (`redis:`, or `rediss:` for TLS), or the path of a Unix socket. Default: what PENTIO_REDIS says in the
   * environment, or else `redis://127.0.0.1:6379`.
   */
  readonly redis?: string;
  /** The queue that calls go to; workers serve one queue each. Without a colon. Default: `pentio`. */
  readonly queue?: string;
  /** What the names of keys in Redis begin with, so that several installations can share it. Default: `pentio`. */
  readonly prefix?: string;
  /** Times that a call is made at most, 1 or more, if it fails or takes too long. Default: 1. */
  readonly attempts?: number;
  /** Milliseconds before the second attempt, 0 or more; before each further one twice as many. Default: 1000. */
  readonly backOffMs?: number;
  /** Calls that may wait for a worker, 0 or more. Then `submit` refuses, and `enqueue` waits. Default: Infinity. */
  readonly queueCapacity?: number;
  /** Milliseconds that Redis may be away, 0 or more, before all that waits for it fails. Default: 60,000. */
  readonly awayMs?: number;
  /** Whether jobs stay in Redis when they are done, for others to look at. Default: false. */
  readonly keepJobs?: boolean;
  /** Seconds that results stay whose caller has ended without taking them, 1 or more. Default: 86,400, a day. */
  readonly resultSeconds?: number;
}

/** The same, complete; plain data. */
export interface DistributedSettings {
  readonly redis: string;
  readonly queue: string;
  readonly prefix: string;
  readonly attempts: number;
  readonly backOffMs: number;
  readonly queueCapacity: number;
  readonly awayMs: number;
  readonly keepJobs: boolean;
  readonly resultSeconds: number;
}

export const REDIS_DEFAULT = process.env.PENTIO_REDIS ?? "redis://127.0.0.1:6379";
export const NAME_DEFAULT = "pentio";

/** @throws ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE for a queue with a colon */
export function checkOptions(options: DistributedOptions): DistributedSettings {
  const { redis = REDIS_DEFAULT, queue = NAME_DEFAULT, prefix = NAME_DEFAULT, keepJobs = false } = options;
  const { attempts = 1, backOffMs = 1000, awayMs = 60_000, resultSeconds = 86_400 } = options;
  const { queueCapacity = Number.POSITIVE_INFINITY } = options;
  return {
    redis,
    queue: checkQueue(queue),
    prefix,
    attempts: checkWhole("attempts", attempts, 1),
    backOffMs: checkWhole("backOffMs", backOffMs, 0),
    queueCapacity: checkCapacity(queueCapacity, 0),
    awayMs: checkTime("awayMs", awayMs),
    keepJobs,
    resultSeconds: checkWhole("resultSeconds", resultSeconds, 1),
  };
}

/** A name of a queue. @throws ERR_INVALID_ARG_VALUE if keys in Redis cannot be made of it */
export function checkQueue(queue: string): string {
  if (queue !== "" && !queue.includes(":")) return queue;
  const error = new TypeError(`The name of a queue is not empty, and has no colon. Received "${queue}"`);
  throw Object.assign(error, { code: "ERR_INVALID_ARG_VALUE" });
}

function checkTime(name: string, ms: number): number {
  if (checkNumber(name, ms) >= 0) return ms;
  throw outOfRange(name, "0 or more", ms);
}
