import { AioDriver, IoUringDriver, type IoUringFeatures } from "../../src/drivers/asynchronous/index.ts";
import { BlockingDriver } from "../../src/drivers/blocking/index.ts";
import type { Driver, Model } from "../../src/drivers/index.ts";
import { EpollDriver, PollDriver, SelectDriver } from "../../src/drivers/multiplexing/index.ts";
import { NonblockingDriver } from "../../src/drivers/nonblocking/index.ts";
import { SignalDriver } from "../../src/drivers/signal-driven/index.ts";

/** A driver to hold to the contract, as users get it or with features of the kernel switched off. */
export interface Variant {
  readonly model: Model;
  readonly name: string;
  make(): Driver;
  /** File descriptors that it needs for itself. */
  readonly descriptors: number;
  /** Other threads make its calls. */
  readonly threaded?: boolean;
  /** It wakes up by itself: nothing tells it of readiness, or its calls take turns on few threads. */
  readonly retries?: boolean;
  /** Why it cannot be had here, or false. */
  readonly refusal: string | false;
}

function ioUring(name: string, features: IoUringFeatures): Variant {
  return {
    model: "io_uring",
    name,
    make: () => new IoUringDriver(features),
    descriptors: 2,
    refusal: ioUringRefusal,
  };
}

const ioUringRefusal = (() => {
  try {
    new IoUringDriver().close();
    return false;
  } catch (error) {
    return `io_uring does not work here: ${(error as Error).message}`;
  }
})();

const nothing = {
  incrementalBuffers: false,
  multishotReceive: false,
  multishotAccept: false,
  deferredTaskrun: false,
  fileCalls: false,
};

export const variants: readonly Variant[] = [
  ioUring("io_uring", {}),
  ioUring("io_uring without incremental buffers", { incrementalBuffers: false }),
  ioUring("io_uring without multishot receive", { multishotReceive: false }),
  ioUring("io_uring without multishot accept", { multishotAccept: false }),
  ioUring("io_uring without deferred taskrun", { deferredTaskrun: false }),
  ioUring("io_uring without file calls", { fileCalls: false }),
  ioUring("io_uring without any newer feature", nothing),
  {
    // Few threads, for starting them is what takes the time; what is beyond the bound takes turns.
    model: "blocking",
    name: "blocking",
    descriptors: 1,
    threaded: true,
    retries: true,
    make: () => new BlockingDriver({ threadsMax: 12 }),
    refusal: false,
  },
  {
    model: "nonblocking",
    name: "nonblocking",
    descriptors: 0,
    retries: true,
    make: () => new NonblockingDriver(),
    refusal: false,
  },
  { model: "select", name: "select", descriptors: 0, make: () => new SelectDriver(), refusal: false },
  { model: "poll", name: "poll", descriptors: 0, make: () => new PollDriver(), refusal: false },
  { model: "epoll", name: "epoll", descriptors: 1, make: () => new EpollDriver(), refusal: false },
  { model: "aio", name: "aio", descriptors: 6, threaded: true, make: () => new AioDriver(), refusal: false },
  { model: "signal", name: "signal", descriptors: 1, make: () => new SignalDriver(), refusal: false },
];
