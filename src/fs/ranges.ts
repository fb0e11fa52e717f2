import * as sys from "../sys/index.ts";
import { wrongValue } from "./errors.ts";

/** A part of a file. */
export interface Range {
  /** In bytes from its start. Default 0. */
  readonly position?: number;
  /** Default: to its end. */
  readonly lengthBytes?: number;
}

/** How space is allocated. */
export interface AllocateOptions {
  /**
   * `space` makes a file longer that is shorter; `reserve` leaves its size; `hole` gives the space back, and what was there
   * reads as zeros; `zero` has it read as zeros and keeps the space. Default `space`.
   */
  readonly as?: "space" | "reserve" | "hole" | "zero";
}

/** How a file will be read, posix_fadvise(2). */
export type Advice = "normal" | "random" | "sequential" | "willNeed" | "dontNeed" | "noReuse";

const advices: Record<Advice, number> = {
  normal: sys.POSIX_FADV_NORMAL,
  random: sys.POSIX_FADV_RANDOM,
  sequential: sys.POSIX_FADV_SEQUENTIAL,
  willNeed: sys.POSIX_FADV_WILLNEED,
  dontNeed: sys.POSIX_FADV_DONTNEED,
  noReuse: sys.POSIX_FADV_NOREUSE,
};

const modes: Record<NonNullable<AllocateOptions["as"]>, number> = {
  space: 0,
  reserve: sys.FALLOC_FL_KEEP_SIZE,
  hole: sys.FALLOC_FL_PUNCH_HOLE | sys.FALLOC_FL_KEEP_SIZE,
  zero: sys.FALLOC_FL_ZERO_RANGE,
};

/** @throws ERR_INVALID_ARG_VALUE */
export function adviceNumber(advice: Advice): number {
  return chosen(advices, advice, "advice");
}

/** The mode of fallocate(2). @throws ERR_INVALID_ARG_VALUE */
export function allocateMode({ as = "space" }: AllocateOptions): number {
  return chosen(modes, as, "kind of allocation");
}

function chosen<K extends string>(numbers: Record<K, number>, name: K, what: string): number {
  if (Object.hasOwn(numbers, name)) return numbers[name];
  throw wrongValue(`Unknown ${what} "${name}"; there are ${Object.keys(numbers).join(", ")}`);
}
