import type { Timeline } from "../../../../src/lab/phases/timeline.ts";

/** A read on epoll as it was measured, with its numbers rounded. */
export const epoll: Timeline = {
  model: "epoll",
  form: "driver",
  kind: "multiplexing",
  delayMs: 20,
  sizeBytes: 1024,
  sentUs: 20_100,
  arrivedUs: 20_120,
  readyToldUs: 20_200,
  copiedUs: 20_220,
  toldUs: 20_260,
  loopThread: [
    { state: "working", fromUs: 0, toUs: 20_190 },
    { state: "calling", fromUs: 20_190, toUs: 20_200 },
    { state: "working", fromUs: 20_200, toUs: 20_212 },
    { state: "calling", fromUs: 20_212, toUs: 20_220 },
    { state: "working", fromUs: 20_220, toUs: 20_260 },
  ],
  helperThread: [],
  calls: [
    { name: "epoll_ctl", fromUs: 10, toUs: 14, outcome: "number", result: 0, thread: "loop" },
    { name: "epoll_wait", fromUs: 20_190, toUs: 20_200, outcome: "ready", result: 1, thread: "loop" },
    { name: "recv", fromUs: 20_212, toUs: 20_220, outcome: "bytes", result: 1024, thread: "loop" },
  ],
  otherWork: 900,
  retries: 0,
  notMeasured: {},
};

/** The book's blocking read: the thread that asked sleeps in the call, which copies too. */
export const plainBlocking: Timeline = {
  ...epoll,
  model: "blocking",
  form: "plain",
  kind: "blocking",
  readyToldUs: null,
  loopThread: [{ state: "blocked", fromUs: 0, toUs: 20_220 }],
  calls: [{ name: "recv", fromUs: 2, toUs: 20_220, outcome: "bytes", result: 1024, thread: "loop" }],
};

/** The same on a thread that sleeps in the loop's stead. */
export const blocking: Timeline = {
  ...plainBlocking,
  form: "driver",
  loopThread: [{ state: "working", fromUs: 0, toUs: 20_260 }],
  helperThread: [{ state: "blocked", fromUs: 0, toUs: 20_220 }],
  calls: [{ name: "recv", fromUs: 2, toUs: 20_220, outcome: "bytes", result: 1024, thread: "helper" }],
};

export const ioUring: Timeline = {
  ...epoll,
  model: "io_uring",
  kind: "asynchronous",
  readyToldUs: null,
  copiedUs: null,
  loopThread: [{ state: "working", fromUs: 0, toUs: 20_260 }],
  calls: [{ name: "io_uring_enter", fromUs: 5, toUs: 8, outcome: "number", result: 1, thread: "loop" }],
};
