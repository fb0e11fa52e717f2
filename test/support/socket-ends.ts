import type { TestContext } from "node:test";
import { addressOf, F_DUPFD_CLOEXEC, syscalls } from "../../src/sys/index.ts";
import { sendNow, socketPair } from "../unit/support/uring.ts";

const MSG_DONTWAIT = 0x40;
const scratch = Buffer.allocUnsafeSlow(65536);
const scratchAddress = addressOf(scratch);

/** One end of a connected pair of Unix stream sockets: a file object. */
export class SocketEnd {
  fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** @returns how many bytes the kernel has taken, or -errno */
  send(data: string | Uint8Array): number {
    return sendNow(this.fd, data);
  }

  /** Sends until there is no more room. */
  fill(): void {
    const chunk = Buffer.alloc(4096);
    while (this.send(chunk) > 0);
  }

  /** Receives all that has arrived. */
  drain(): void {
    while (syscalls.recv(this.fd, scratchAddress, scratch.length, MSG_DONTWAIT) > 0);
  }

  close(): void {
    if (this.fd >= 0) syscalls.close(this.fd);
    this.fd = -1;
  }
}

/** A connected pair that is closed after the test. */
export function socketEnds(t: TestContext): [SocketEnd, SocketEnd] {
  const [a, b] = socketPair();
  const ends: [SocketEnd, SocketEnd] = [new SocketEnd(a), new SocketEnd(b)];
  t.after(() => {
    for (const end of ends) end.close();
  });
  return ends;
}

/** A connected pair whose first end has a number of which the caller knows that it is free. */
export function socketPairAt(fd: number): [number, number] {
  const [a, b] = socketPair();
  const peer = b === fd ? moveDescriptor(b, 0) : b;
  return [a === fd ? a : moveDescriptor(a, fd), peer];
}

/** Gives a descriptor another number: the first free one from `from` on. */
export function moveDescriptor(fd: number, from: number): number {
  const moved = syscalls.fcntl(fd, F_DUPFD_CLOEXEC, from);
  if (moved < 0) throw new Error(`fcntl: ${moved}`);
  syscalls.close(fd);
  return moved;
}
