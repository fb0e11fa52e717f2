import { IoUringDriver, type IoUringFeatures } from "../../src/drivers/asynchronous/index.ts";
import type { Driver } from "../../src/drivers/index.ts";
import { EpollDriver } from "../../src/drivers/multiplexing/index.ts";

/** A driver to hold to the contract, as users get it or with features of the kernel switched off. */
export interface Variant {
  readonly name: string;
  make(): Driver;
  /** Why it cannot be had here, or false. */
  readonly refusal: string | false;
}

function ioUring(name: string, features: IoUringFeatures): Variant {
  return { name, make: () => new IoUringDriver(features), refusal: ioUringRefusal };
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
};

export const variants: readonly Variant[] = [
  ioUring("io_uring", {}),
  ioUring("io_uring without incremental buffers", { incrementalBuffers: false }),
  ioUring("io_uring without multishot receive", { multishotReceive: false }),
  ioUring("io_uring without multishot accept", { multishotAccept: false }),
  ioUring("io_uring without deferred taskrun", { deferredTaskrun: false }),
  ioUring("io_uring without any newer feature", nothing),
  { name: "epoll", make: () => new EpollDriver(), refusal: false },
];
