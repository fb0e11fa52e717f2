/** The features of io_uring that Pentio uses, the versions of Linux that brought them, and how each is tried. */
import { NEEDED_OPCODES } from "../drivers/index.ts";
import * as uring from "../uring/index.ts";
import { multishotAccepts, multishotReceives, providesBuffers } from "./receiving-trials.ts";
import type { FeatureFinding } from "./report.ts";
import { withRing } from "./trial-ring.ts";

/** A feature, and how to tell whether it is there. */
export interface Feature extends Omit<FeatureFinding, "there"> {
  readonly isThere: (ring: uring.Ring) => boolean;
}

const NO_IO_URING = "io_uring is not used";
const INTERRUPTED = "completions interrupt the program";
const NOT_DEFERRED = "completions come before the program asks, and received data is copied";
const SINGLE = uring.IORING_SETUP_SINGLE_ISSUER;
const COOPERATIVE = uring.IORING_SETUP_COOP_TASKRUN;

/** The versions of Linux that brought operations. */
const OPERATIONS_SINCE: Readonly<Record<number, string>> = {
  [uring.IORING_OP_ACCEPT]: "5.5",
  [uring.IORING_OP_CONNECT]: "5.5",
  [uring.IORING_OP_ASYNC_CANCEL]: "5.5",
  [uring.IORING_OP_RECV]: "5.6",
  [uring.IORING_OP_SEND]: "5.6",
  [uring.IORING_OP_CLOSE]: "5.6",
  [uring.IORING_OP_READ]: "5.6",
  [uring.IORING_OP_WRITE]: "5.6",
};

export const features: readonly Feature[] = [
  setUp("SUBMIT_ALL", uring.IORING_SETUP_SUBMIT_ALL, "5.18", "a batch ends at its first wrong entry"),
  setUp("COOP_TASKRUN", COOPERATIVE, "5.19", INTERRUPTED),
  // The next flag is refused alone, and so is DEFER_TASKRUN.
  setUp("TASKRUN_FLAG", uring.IORING_SETUP_TASKRUN_FLAG | COOPERATIVE, "5.19", INTERRUPTED),
  setUp("SINGLE_ISSUER", SINGLE, "6.0", NOT_DEFERRED),
  setUp("DEFER_TASKRUN", uring.IORING_SETUP_DEFER_TASKRUN | SINGLE, "6.1", NOT_DEFERRED),
  setUp("NO_SQARRAY", uring.IORING_SETUP_NO_SQARRAY, "6.6", "the kernel reads an index for each entry"),
  bit("SINGLE_MMAP", uring.IORING_FEAT_SINGLE_MMAP, "5.4", NO_IO_URING),
  bit("NODROP", uring.IORING_FEAT_NODROP, "5.5", NO_IO_URING),
  bit("FAST_POLL", uring.IORING_FEAT_FAST_POLL, "5.7", "threads of the kernel wait for sockets"),
  bit("NATIVE_WORKERS", uring.IORING_FEAT_NATIVE_WORKERS, "5.12", "rings count against RLIMIT_MEMLOCK"),
  ...NEEDED_OPCODES.map(operation),
  receiving("multishot accept", "5.19", "a request for each connection", multishotAccepts),
  receiving("provided-buffer rings", "5.19", NO_IO_URING, (ring) => providesBuffers(ring, 0)),
  receiving("multishot receive", "6.0", "a request for each message", multishotReceives),
  receiving("incremental buffers", "6.12", "received data is copied out of its buffers", (ring) =>
    providesBuffers(ring, uring.IOU_PBUF_RING_INC),
  ),
];

/** The kernel's name of an operation. */
export function operationName(opcode: number): string {
  const names = Object.entries(uring);
  return names.find(([name, value]) => name.startsWith("IORING_OP_") && value === opcode)![0];
}

function setUp(name: string, flags: number, since: string, without: string): Feature {
  const isThere = () => withRing(() => true, flags) ?? false;
  return { name: `IORING_SETUP_${name}`, group: "set-up flags", since, without, isThere };
}

function bit(name: string, mask: number, since: string, without: string): Feature {
  const isThere = (ring: uring.Ring) => (ring.features & mask) !== 0;
  return { name: `IORING_FEAT_${name}`, group: "feature bits", since, without, isThere };
}

function operation(opcode: number): Feature {
  return {
    name: operationName(opcode),
    group: "operations",
    since: OPERATIONS_SINCE[opcode] ?? "5.19",
    without: NO_IO_URING,
    isThere: (ring) => uring.supportedOpcodes(ring).has(opcode),
  };
}

function receiving(name: string, since: string, without: string, isThere: Feature["isThere"]): Feature {
  return { name, group: "receiving", since, without, isThere };
}
