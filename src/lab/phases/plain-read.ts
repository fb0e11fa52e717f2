import {
  addressOf,
  EAGAIN,
  POLLFD_BYTES,
  POLLIN,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  syscalls,
  systemError,
} from "../../sys/index.ts";
import { type CallTrace, nowUs } from "../../tracing/index.ts";
import { DatagramSocket } from "./datagram-socket.ts";
import { OtherWork } from "./other-work.ts";
import type { Read, ReadSetting } from "./read.ts";
import type { Sender } from "./sender.ts";

/** The book's own calls, by the model: they are over when the datagram is there. @returns bytes or -errno */
const plainCalls: Readonly<Record<string, (fd: number, into: Buffer, work: OtherWork) => number>> = {
  blocking: (fd, into) => syscalls.recv(fd, addressOf(into), into.length, 0),

  nonblocking(fd, into, work) {
    const address = addressOf(into);
    for (;;) {
      const result = syscalls.recv(fd, address, into.length, 0);
      if (result !== -EAGAIN) return result;
      work.doUnit();
    }
  },

  poll(fd, into) {
    const entry = new Int32Array(Buffer.allocUnsafeSlow(POLLFD_BYTES).buffer);
    entry.set([fd, POLLIN]);
    const ready = syscalls.poll(addressOf(entry), 1, -1);
    return ready < 0 ? ready : syscalls.recv(fd, addressOf(into), into.length, 0);
  },
};

/** Reads one datagram by the calls of the model themselves, on the thread that asks. */
export function readPlainly(model: string, setting: ReadSetting, sender: Sender, trace: CallTrace): Read {
  const socket = new DatagramSocket(SOCK_CLOEXEC | (model === "blocking" ? 0 : SOCK_NONBLOCK));
  try {
    const into = Buffer.allocUnsafeSlow(setting.sizeBytes);
    const work = new OtherWork();
    trace.clear();
    const askedUs = nowUs();
    sender.send(socket.port, setting.sizeBytes, setting.delayMs);
    const result = plainCalls[model]!(socket.fd, into, work);
    const toldUs = nowUs();
    if (result < 0) throw systemError(result, "recv");
    const arrivedUs = socket.arrivedUs(toldUs);
    const data = into.subarray(0, result);
    return { askedUs, sentUs: sender.sentUs, arrivedUs, toldUs, data, otherWork: work.units };
  } finally {
    socket.close();
  }
}
