import type { Model } from "../../drivers/index.ts";
import type { Form, Timeline } from "./timeline.ts";

/** A way to read, and by which of its calls its moments are known. */
export interface Way {
  readonly model: Model;
  /** The book's name of the model. */
  readonly kind: string;
  readonly form: Form;
  /** The call in which a thread is blocked until the data is there. */
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

/** What most ways have in common. */
const common = {
  form: "driver" as Form,
  waitsIn: null,
  tellsIn: null,
  copiesIn: "recv",
  notMeasured: { readyToldUs: NO_READINESS },
};
const blocks = { ...common, kind: "blocking", waitsIn: "recv" };
const polls = { ...common, kind: "non-blocking" };
const multiplexes = { ...common, kind: "multiplexing", notMeasured: {} };
const isSignalled = { ...common, kind: "signal-driven", notMeasured: {} };
const completes = { ...common, kind: "asynchronous", copiesIn: null };

/** The plain form: the thread that asks makes the book's own calls, and is blocked in the one that waits, if one does. */
const plainly = { form: "plain" } as const;

/** All ways, by models in the order of the book, whose own figure comes first. */
const ways: readonly Way[] = [
  { ...blocks, model: "blocking", ...plainly },
  { ...blocks, model: "blocking" },
  { ...polls, model: "nonblocking", ...plainly },
  { ...polls, model: "nonblocking" },
  { ...multiplexes, model: "select", tellsIn: "select", waitsIn: "select", ...plainly },
  { ...multiplexes, model: "select", tellsIn: "select" },
  { ...multiplexes, model: "poll", tellsIn: "poll", waitsIn: "poll", ...plainly },
  { ...multiplexes, model: "poll", tellsIn: "poll" },
  { ...multiplexes, model: "epoll", tellsIn: "epoll_wait", waitsIn: "epoll_wait", ...plainly },
  { ...multiplexes, model: "epoll", tellsIn: "epoll_wait" },
  { ...isSignalled, model: "signal", tellsIn: "read" },
  {
    ...completes,
    model: "aio",
    notMeasured: { ...common.notMeasured, copiedUs: COPIED_BY_LIBRARY, helperThread: COPIED_BY_LIBRARY },
  },
  { ...completes, model: "io_uring", notMeasured: { ...common.notMeasured, copiedUs: COPIED_BY_KERNEL } },
];

/** The ways of a model: the plain form, where the book's figure has one thread that waits or asks, and its driver. */
export function waysOf(model: string): readonly Way[] {
  return ways.filter((way) => way.model === model);
}
