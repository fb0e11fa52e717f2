import { warnOfSlow } from "./slow-warning.ts";

/** Where in the program something stands. */
export interface SourceLocation {
  /** A path, or a URL where the code is no file. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** What stands there: the wait that a coroutine is in, or the beginning of a function. */
  readonly what: "wait" | "function";
}

/**
 * What held the loop: a step of a task, callbacks of operations that have completed, callbacks of timers, async
 * functions and promises, or an event of an `EventLoop`.
 */
export type MessageKind = "task" | "completions" | "timers" | "microtasks" | "event";

/** Something that held the loop of this thread for too long; everything else waited meanwhile. */
export interface SlowMessage {
  readonly kind: MessageKind;
  /** The task's name or the event's type; elsewhere the kind. */
  readonly name: string;
  /** How long it took: wall-clock time, so that blocking calls count. */
  readonly durationMs: number;
  /**
   * Where, if that is known. For a task it is where it waits by now, just after what was slow, or if it has ended, its
   * function; for an event the handler that took longest.
   */
  readonly location: SourceLocation | null;
}

/** Who is told of slow messages. */
export type SlowMessageHandler = (message: SlowMessage) => void;

/** How slow messages are watched for. */
export interface SlowMessageOptions {
  /**
   * Milliseconds that a message may take. Default: what the environment variable PENTIO_SLOW_MS says, or else 50.
   * `Infinity` switches the watch off.
   */
  readonly thresholdMs?: number;
}

const THRESHOLD_MS = 50;

/** How long a message of this thread may take, in milliseconds. */
export let slowThresholdMs = thresholdFromEnvironment();
let handler: SlowMessageHandler | null | undefined;

/**
 * Says who is told when something holds the loop of this thread for longer than a threshold. Waiting does not count.
 *
 * @param told called after each slow message; `undefined` for the default, a warning of the process with the code
 *   PENTIO_SLOW_MESSAGE, at most once a minute for each name; `null` for nobody. What it throws is an uncaught exception.
 * @throws ERR_INVALID_ARG_TYPE for what is no function, ERR_OUT_OF_RANGE for a threshold that is no number of 0 or more
 */
export function onSlowMessage(
  told: SlowMessageHandler | null | undefined,
  options: SlowMessageOptions = {},
): void {
  if (told !== null && told !== undefined && typeof told !== "function") {
    const error = new TypeError(`onSlowMessage() takes a function, null or undefined, not ${typeof told}`);
    throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
  }
  const thresholdMs = checkThreshold(options.thresholdMs, "onSlowMessage()") ?? thresholdFromEnvironment();
  handler = told;
  slowThresholdMs = thresholdMs;
}

/** @throws ERR_OUT_OF_RANGE for what is no number of milliseconds */
export function checkThreshold(thresholdMs: number | undefined, purpose: string): number | undefined {
  if (thresholdMs === undefined || thresholdMs >= 0) return thresholdMs;
  const error = new RangeError(`${purpose} takes a threshold of 0 or more milliseconds, not ${thresholdMs}`);
  throw Object.assign(error, { code: "ERR_OUT_OF_RANGE" });
}

/**
 * Reports a slow message.
 *
 * @param locate called only if somebody is told, for it takes milliseconds
 * @param told who is told, if not who {@link onSlowMessage} has named
 */
export function reportSlow(
  kind: MessageKind,
  name: string,
  durationMs: number,
  locate: () => SourceLocation | null,
  told = handler,
): void {
  if (told === null) return;
  if (told === undefined) {
    warnOfSlow(kind, name, durationMs, locate);
    return;
  }
  const location = locate();
  try {
    told({ kind, name, durationMs, location });
  } catch (error) {
    // Not into the midst of the loop's own work.
    setImmediate(() => {
      throw error;
    });
  }
}

function thresholdFromEnvironment(): number {
  const text = process.env.PENTIO_SLOW_MS;
  if (text === undefined || text === "") return THRESHOLD_MS;
  const thresholdMs = Number(text);
  if (thresholdMs >= 0) return thresholdMs;
  process.emitWarning(
    `PENTIO_SLOW_MS takes a number of milliseconds or Infinity, not "${text}"; it is ${THRESHOLD_MS} now`,
    { code: "PENTIO_INVALID_ENVIRONMENT" },
  );
  return THRESHOLD_MS;
}
