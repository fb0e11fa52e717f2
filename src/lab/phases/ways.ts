import type { Model } from "../../drivers/index.ts";
import type { Timeline } from "./timeline.ts";

/** A way to read, as its time line will name it, and by which of its calls its moments are known. */
export interface Way {
  readonly model: Model;
  /** The plain form, without Pentio: the thread that asks makes the book's own calls. */
  readonly isPlain: boolean;
  /** The call in which a thread waits for the data. */
  readonly waitsIn: string | null;
  /** The call that tells of readiness. */
  readonly tellsIn: string | null;
  /** The call that copies. */
  readonly copiesIn: string | null;
  /** What cannot be measured on it, and why. */
  readonly notMeasured: Timeline["notMeasured"];
}

const NO_READINESS = "this model has no such moment: nothing tells of readiness";
const COPIED_BY_LIBRARY = "a thread of the C library waits and copies, in calls that Pentio does not see";
const COPIED_BY_KERNEL = "the kernel copies when the program next enters it, and notes no time";

const KINDS: Record<Model, string> = {
  blocking: "blocking",
  nonblocking: "non-blocking",
  select: "multiplexing",
  poll: "multiplexing",
  epoll: "multiplexing",
  signal: "signal-driven",
  aio: "asynchronous",
  io_uring: "asynchronous",
};

const waits = (call: string | null) => ({ isPlain: false, waitsIn: call, tellsIn: null, copiesIn: "recv" });
const tells = (call: string) => ({ isPlain: false, waitsIn: null, tellsIn: call, copiesIn: "recv" });
const completes = { isPlain: false, waitsIn: null, tellsIn: null, copiesIn: null };

const noReadiness = { readyToldUs: NO_READINESS };

/** All ways, by models in the order of the book. */
const ways: readonly Way[] = [
  { model: "blocking", ...waits("recv"), notMeasured: noReadiness },
  { model: "blocking", ...waits("recv"), isPlain: true, notMeasured: noReadiness },
  { model: "nonblocking", ...waits(null), notMeasured: noReadiness },
  { model: "nonblocking", ...waits(null), isPlain: true, notMeasured: noReadiness },
  { model: "select", ...tells("select"), notMeasured: {} },
  { model: "poll", ...tells("poll"), notMeasured: {} },
  { model: "poll", ...tells("poll"), isPlain: true, waitsIn: "poll", notMeasured: {} },
  { model: "epoll", ...tells("epoll_wait"), notMeasured: {} },
  { model: "signal", ...tells("read"), notMeasured: {} },
  {
    model: "aio",
    ...completes,
    notMeasured: { ...noReadiness, copiedUs: COPIED_BY_LIBRARY, helperThread: COPIED_BY_LIBRARY },
  },
  { model: "io_uring", ...completes, notMeasured: { ...noReadiness, copiedUs: COPIED_BY_KERNEL } },
];

/** The ways of a model: through its driver, and the plain form where the book's figure has one thread alone. */
export function waysOf(model: string): readonly Way[] {
  return ways.filter((way) => way.model === model);
}

/** What the time line of a way is called. */
export function nameOf({ model, isPlain }: Way): string {
  return isPlain ? `${model} (the calling thread itself)` : model;
}

/** The book's name of a model. */
export function kindOf(model: Model): string {
  return KINDS[model];
}
