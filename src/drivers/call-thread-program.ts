/** The program of a thread that makes blocking system calls, one at a time, for another thread. */
import { workerData } from "node:worker_threads";
import {
  addressOf,
  EINTR,
  F_GETFL,
  F_SETFL,
  MSG_NOSIGNAL,
  makeInterruptTimer,
  O_NONBLOCK,
  setInterruptTimer,
  syscalls,
} from "../sys/index.ts";
import {
  ACCEPT4,
  ADDRESS,
  CALL,
  type CallKind,
  type CallThreadData,
  CONNECT,
  CONNECT_UNIX,
  CONTROL_WORDS,
  ENDED,
  FD,
  INTERRUPTED,
  LENGTH,
  POSITION,
  PREAD,
  PWRITE,
  QUIT,
  RECV,
  REPEAT_MS,
  RESULT,
  SEND,
  SLICE_MS,
  STATE,
  SYSTEM_CALL,
  TIMER,
  WAITING,
} from "./call-control.ts";

const { control, bell, eventfd, socketFlags, heartbeatMs } = workerData as CallThreadData;
const words = new Int32Array(control, 0, CONTROL_WORDS);
const numbers = new Float64Array(control, CONTROL_WORDS * 4);
const stateAddress = addressOf(words) + STATE * 4;
const bellWord = new Int32Array(bell);

/** Makes the call, which blocks. @returns its value or -errno */
function call(): number {
  const fd = words[FD]!;
  const length = words[LENGTH]!;
  const address = numbers[ADDRESS]!;
  switch (words[CALL] as CallKind) {
    case RECV:
      return syscalls.recv(fd, address, length, 0);
    case SEND:
      return syscalls.send(fd, address, length, MSG_NOSIGNAL);
    case ACCEPT4:
      return syscalls.accept4(fd, socketFlags);
    case CONNECT:
      return syscalls.connect(fd, address, length);
    case CONNECT_UNIX:
      return connectAtOnce(fd, address, length);
    case PREAD:
      return syscalls.pread(fd, address, length, numbers[POSITION]!);
    case PWRITE:
      return syscalls.pwrite(fd, address, length, numbers[POSITION]!);
    case SYSTEM_CALL: {
      const [a, b, c, d, e, f] = numbers;
      return syscalls.systemCall(fd, a!, b!, c!, d!, e!, f!);
    }
  }
}

function connectAtOnce(fd: number, address: number, length: number): number {
  const flags = syscalls.fcntl(fd, F_GETFL, 0);
  if (flags < 0) return flags;
  syscalls.fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  const result = syscalls.connect(fd, address, length);
  syscalls.fcntl(fd, F_SETFL, flags);
  return result;
}

const timer = makeInterruptTimer();
Atomics.store(words, TIMER, timer + 1);
if (heartbeatMs > 0) setInterruptTimer(timer, heartbeatMs, heartbeatMs);

for (;;) {
  // A futex of our own, for those behind Atomics.wait share one lock in V8, which many threads then queue for.
  while (Atomics.load(words, STATE) === WAITING) syscalls.futexWait(stateAddress, WAITING);
  if (Atomics.load(words, QUIT) !== 0) break;
  const sliceMs = Atomics.load(words, SLICE_MS);
  if (sliceMs > 0) setInterruptTimer(timer, sliceMs, REPEAT_MS);
  words[RESULT] = Atomics.load(words, INTERRUPTED) !== 0 ? -EINTR : call();
  Atomics.store(words, STATE, WAITING);
  if (Atomics.exchange(bellWord, 0, 0) !== 0) syscalls.eventfdWrite(eventfd, 1);
  if (Atomics.load(words, QUIT) !== 0) break;
}
syscalls.timerDelete(timer);
Atomics.store(words, STATE, ENDED);
