import {
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_SYNC,
  O_TRUNC,
  O_WRONLY,
} from "../sys/index.ts";
import { wrongValue } from "./errors.ts";

/** How a file is opened, in Node's words: fopen(3)'s, with `x` for "only if it is new" and `s` for O_SYNC. */
export type OpenFlags =
  | "r"
  | "rs"
  | "sr"
  | "r+"
  | "rs+"
  | "sr+"
  | "w"
  | "wx"
  | "xw"
  | "w+"
  | "wx+"
  | "xw+"
  | "a"
  | "ax"
  | "xa"
  | "a+"
  | "ax+"
  | "xa+"
  | "as"
  | "sa"
  | "as+"
  | "sa+";

const write = O_CREAT | O_TRUNC;
const append = O_CREAT | O_APPEND;

const flagsOf: Record<OpenFlags, number> = {
  r: O_RDONLY,
  rs: O_RDONLY | O_SYNC,
  sr: O_RDONLY | O_SYNC,
  "r+": O_RDWR,
  "rs+": O_RDWR | O_SYNC,
  "sr+": O_RDWR | O_SYNC,
  w: O_WRONLY | write,
  wx: O_WRONLY | write | O_EXCL,
  xw: O_WRONLY | write | O_EXCL,
  "w+": O_RDWR | write,
  "wx+": O_RDWR | write | O_EXCL,
  "xw+": O_RDWR | write | O_EXCL,
  a: O_WRONLY | append,
  ax: O_WRONLY | append | O_EXCL,
  xa: O_WRONLY | append | O_EXCL,
  "a+": O_RDWR | append,
  "ax+": O_RDWR | append | O_EXCL,
  "xa+": O_RDWR | append | O_EXCL,
  as: O_WRONLY | append | O_SYNC,
  sa: O_WRONLY | append | O_SYNC,
  "as+": O_RDWR | append | O_SYNC,
  "sa+": O_RDWR | append | O_SYNC,
};

/** The flags of open(2); every descriptor is closed on exec. @throws ERR_INVALID_ARG_VALUE */
export function openFlags(flags: OpenFlags | number): number {
  const bits = typeof flags === "number" ? flags : flagsOf[flags];
  if (bits !== undefined) return bits | O_CLOEXEC;
  throw wrongValue(`Unknown flags "${flags}"; they are ${Object.keys(flagsOf).join(", ")}, or a number`);
}
