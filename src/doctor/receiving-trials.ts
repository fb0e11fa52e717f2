/**
 * The features of io_uring that no bit tells: each is tried on a connection with itself. What is asked for ends before
 * the trial does, for the kernel would go on using the memory.
 */
import {
  AF_UNIX,
  addressOf,
  Slab,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  SOCKADDR_BYTES,
  syscalls,
} from "../sys/index.ts";
import {
  BufferRing,
  COMPLETION_WORDS,
  IORING_CQE_F_MORE,
  prepareCancel,
  prepareMultishotAccept,
  prepareMultishotRecv,
  type Ring,
  setUserData,
} from "../uring/index.ts";

const GROUP = 0;
const BUFFERS = 2;
const BUFFER_BYTES = 64;
const TYPE = SOCK_STREAM | SOCK_CLOEXEC;
/** The family alone: an address of the kernel's choice, unix(7). */
const AUTOBIND_BYTES = 2;
const TRIAL = 1;
const CANCELLATION = 2;
/** All that is awaited happens within this process: a kernel that has not answered by then will not. */
const ENTERS_MAX = 100;

/** Whether a ring of buffers with these IOU_PBUF_RING_ flags can be registered. */
export function providesBuffers(ring: Ring, flags: number): boolean {
  try {
    new BufferRing(ring, GROUP, BUFFERS, flags).close();
    return true;
  } catch {
    return false;
  }
}

/** Whether a receive request goes on after its first message. */
export function multishotReceives(ring: Ring): boolean {
  const pair = new Int32Array(Buffer.allocUnsafeSlow(8).buffer);
  if (syscalls.socketpair(AF_UNIX, TYPE, 0, addressOf(pair)) < 0) return false;
  const [receiver, sender] = pair as unknown as [number, number];
  const slab = new Slab();
  let buffers: BufferRing | undefined;
  try {
    buffers = new BufferRing(ring, GROUP, BUFFERS);
    for (let id = 0; id < BUFFERS; id++) buffers.add(slab.address + id * BUFFER_BYTES, BUFFER_BYTES, id);
    buffers.publish();
    syscalls.send(sender, slab.address, 1, 0);
    return tryMultishot(ring, (at) => prepareMultishotRecv(ring.entries, at, receiver, GROUP)).goesOn;
  } catch {
    return false;
  } finally {
    buffers?.close();
    syscalls.close(sender);
    syscalls.close(receiver);
  }
}

/** Whether an accept request goes on after its first connection. */
export function multishotAccepts(ring: Ring): boolean {
  const server = syscalls.socket(AF_UNIX, TYPE, 0);
  const client = syscalls.socket(AF_UNIX, TYPE, 0);
  try {
    if (!meet(server, client)) return false;
    const { result, goesOn } = tryMultishot(ring, (at) =>
      prepareMultishotAccept(ring.entries, at, server, SOCK_CLOEXEC),
    );
    if (result >= 0) syscalls.close(result);
    return goesOn;
  } catch {
    return false;
  } finally {
    for (const fd of [server, client]) if (fd >= 0) syscalls.close(fd);
  }
}

/** Makes one socket listen and the other connect to it. */
function meet(server: number, client: number): boolean {
  const words = new Uint16Array(Buffer.allocUnsafeSlow(SOCKADDR_BYTES).fill(0).buffer);
  const length = new Uint32Array(Buffer.allocUnsafeSlow(4).buffer);
  const address = addressOf(words);
  words[0] = AF_UNIX;
  length[0] = SOCKADDR_BYTES;
  return (
    syscalls.bindAddress(server, address, AUTOBIND_BYTES) >= 0 &&
    syscalls.listen(server, 1) >= 0 &&
    syscalls.getsockname(server, address, addressOf(length)) >= 0 &&
    syscalls.connect(client, address, length[0]) >= 0
  );
}

interface Completion {
  readonly result: number;
  /** Whether the request is still there. */
  readonly goesOn: boolean;
}

/** The first completion of a request for which something is there already; the request is ended then. */
function tryMultishot(ring: Ring, prepareAt: (at: number) => void): Completion {
  submit(ring, TRIAL, prepareAt);
  const first = nextCompletion(ring);
  if (first.goesOn) {
    submit(ring, CANCELLATION, (at) => prepareCancel(ring.entries, at, TRIAL, 0));
    nextCompletion(ring);
  }
  return first;
}

function submit(ring: Ring, userData: number, prepareAt: (at: number) => void): void {
  const at = ring.nextEntry();
  prepareAt(at);
  setUserData(ring.entries, at, userData, 0);
}

/** @throws Error if none comes */
function nextCompletion(ring: Ring): Completion {
  for (let enters = 0; enters < ENTERS_MAX; enters++) {
    while (ring.ready > 0) {
      const at = ring.completionAt(0);
      const [userData, , result, flags] = ring.completions.subarray(at, at + COMPLETION_WORDS);
      ring.advance(1);
      if (userData === TRIAL) return { result: result!, goesOn: (flags! & IORING_CQE_F_MORE) !== 0 };
    }
    ring.enter();
  }
  throw new Error("io_uring does not answer");
}
