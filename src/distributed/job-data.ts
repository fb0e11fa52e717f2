import { inspect } from "node:util";
import { deserialize, serialize } from "node:v8";
import { BrokenExecutor, decodeError, encodeError, registerError } from "../executors/index.ts";
import { TimeoutError } from "../task/index.ts";

// What the pool of a worker fails calls with.
for (const errorClass of [BrokenExecutor, TimeoutError]) {
  try {
    registerError(errorClass);
  } catch {
    // Another copy of this module has done it.
  }
}

/** A call as it stands in Redis. */
export interface JobData {
  /** The name by which workers know the module. */
  readonly module: string;
  /** The function's name. */
  readonly name: string;
  /** Encoded. */
  readonly args: string;
  /** Whether it is a call for each of the arguments, which are tuples. */
  readonly isChunk: boolean;
  /** Milliseconds that the call may run; null for no limit. */
  readonly timeoutMs: number | null;
}

/** A call on its way: what is needed to make it, and to make it known a second time. */
export interface Ticket {
  /** Its own in all the world, so that a job which is added twice is there once. */
  readonly id: string;
  readonly data: JobData;
  /** As BullMQ counts: the least is the first. */
  readonly priority: number;
}

/** How a job has ended: with an encoded result, or with a failure. */
export interface Ending {
  readonly isResult: boolean;
  readonly payload: string;
}

/** Jobs are JSON, which knows few kinds of values; so what programs pass goes as between processes, by `node:v8`. */
export function encode(value: unknown): string {
  return serialize(value).toString("base64");
}

export function decode(text: string): unknown {
  // Typed arrays become views of these bytes, which therefore are not from Node's pool.
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text, "base64"));
  bytes.write(text, "base64");
  return deserialize(bytes);
}

/** Stands between what people read and what programs read. */
const MARK = "\npentio:";

/** What was thrown as BullMQ's `failedReason`: a line for people, and all of it for the caller. */
export function encodeFailure(thrown: unknown): string {
  const [line] = inspect(thrown, { customInspect: false }).split("\n");
  return `${line}${MARK}${encode(encodeError(thrown))}`;
}

/** The other way round. What BullMQ itself has failed a job for is the end of one worker after the other. */
export function decodeFailure(reason: string): unknown {
  const at = reason.lastIndexOf(MARK);
  if (at < 0) return new BrokenExecutor(`The job was given up: ${reason}`);
  return decodeError(decode(reason.slice(at + MARK.length)) as ReturnType<typeof encodeError>);
}
