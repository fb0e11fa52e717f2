import { Epoll, PollSet, SelectSet } from "../../selectors/index.ts";
import {
  addressOf,
  EAGAIN,
  EPOLLIN,
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

/** Kept, as programs keep theirs: a socket that is closed leaves it. */
const epoll = new Epoll();

/** The book's own calls, by the model: they are over when the datagram is there. @returns bytes or -errno */
const plainCalls: Readonly<Record<string, (fd: number, into: Buffer, work: OtherWork) => number>> = {
  blocking: receive,

  nonblocking(fd, into, work) {
    for (;;) {
      const result = receive(fd, into);
      if (result !== -EAGAIN) return result;
      work.doUnit();
    }
  },

  select(fd, into) {
    const set = new SelectSet();
    set.set(fd, true, false);
    return receiveIf(set.wait(-1), fd, into);
  },

  poll(fd, into) {
    const set = new PollSet();
    set.set(fd, POLLIN);
    return receiveIf(set.wait(-1), fd, into);
  },

  epoll(fd, into) {
    const added = epoll.add(fd, EPOLLIN);
    return added < 0 ? added : receiveIf(epoll.wait(-1), fd, into);
  },
};

/** The second call of multiplexing. @param ready what the first one returned */
function receiveIf(ready: number, fd: number, into: Buffer): number {
  return ready < 0 ? ready : receive(fd, into);
}

function receive(fd: number, into: Buffer): number {
  return syscalls.recv(fd, addressOf(into), into.length, 0);
}

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
