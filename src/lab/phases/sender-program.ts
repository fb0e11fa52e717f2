/** The program of the thread that sends. */
import { parentPort, workerData } from "node:worker_threads";
import {
  AF_INET,
  addressOf,
  encodeSocketAddress,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCKADDR_BYTES,
  syscalls,
  systemError,
} from "../../sys/index.ts";
import { nowUs } from "../../tracing/index.ts";
import {
  ASKED,
  DELAY_MS,
  IDLE,
  numbersOf,
  PORT,
  payload,
  SENT_US,
  type SenderBlock,
  SIZE_BYTES,
  STATE,
  wordsOf,
} from "./sender.ts";

const words = wordsOf(workerData as SenderBlock);
const numbers = numbersOf(workerData as SenderBlock);
const address = Buffer.allocUnsafeSlow(SOCKADDR_BYTES);
const fd = check(syscalls.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");

function check(result: number, call: string): number {
  if (result < 0) throw systemError(result, call);
  return result;
}

/** A signal may end a sleep early. */
function sleepUntil(dueUs: number): void {
  for (let leftUs = dueUs - nowUs(); leftUs > 0; leftUs = dueUs - nowUs()) {
    syscalls.poll(0, 0, Math.ceil(leftUs / 1000));
  }
}

parentPort!.postMessage("ready");
for (;;) {
  Atomics.wait(words, STATE, IDLE);
  const dueUs = nowUs() + numbers[DELAY_MS]! * 1000;
  const bytes = payload(numbers[SIZE_BYTES]!);
  const to = { family: "IPv4", address: "127.0.0.1", port: numbers[PORT]! } as const;
  check(syscalls.connect(fd, addressOf(address), encodeSocketAddress(to, address)), "connect");
  Atomics.compareExchange(words, STATE, ASKED, IDLE);
  sleepUntil(dueUs);
  numbers[SENT_US] = nowUs();
  check(syscalls.send(fd, addressOf(bytes), bytes.length, 0), "send");
}
