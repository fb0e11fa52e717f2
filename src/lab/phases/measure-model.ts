import { setTimeout as delay } from "node:timers/promises";
import { addressOf, SOCK_CLOEXEC, syscalls } from "../../sys/index.ts";
import { type CallTrace, nowUs } from "../../tracing/index.ts";
import { DatagramSocket } from "./datagram-socket.ts";
import { readOnDriver } from "./driver-read.ts";
import { makeTimeline } from "./make-timeline.ts";
import { readPlainly } from "./plain-read.ts";
import type { ReadSetting } from "./read.ts";
import { payload, type Sender } from "./sender.ts";
import type { Timeline } from "./timeline.ts";
import { type Way, waysOf } from "./ways.ts";

/** Reads on each way, of which the one in the middle is shown. Odd. */
const READS = 5;

/** The kernel begins to stamp packets when it gets round to it, which is soon. */
const STAMP_TRIES = 200;
const STAMP_RETRY_MS = 5;

/** Measures all ways of a model, in this process. @throws if a read brings anything but what was sent */
export async function measureModel(
  model: string,
  setting: ReadSetting,
  sender: Sender,
  trace: CallTrace,
): Promise<Timeline[]> {
  const timelines: Timeline[] = [];
  // The kernel stops stamping packets when nobody asks for stamps any more.
  const stamped = new DatagramSocket(SOCK_CLOEXEC);
  await stampsAreMade(stamped, sender);
  for (const way of waysOf(model)) {
    const reads: Timeline[] = [];
    // The first one is for V8 to see the code.
    for (let read = 0; read <= READS; read++) reads.push(await measureWay(way, setting, sender, trace));
    timelines.push(median(reads.slice(1)));
  }
  stamped.close();
  return timelines;
}

/** Waits until packets are stamped; if they never are, the arrival is not measured. */
async function stampsAreMade(socket: DatagramSocket, sender: Sender): Promise<void> {
  const byte = Buffer.allocUnsafeSlow(1);
  for (let tries = 0; tries < STAMP_TRIES; tries++) {
    sender.send(socket.port, byte.length, 0);
    syscalls.recv(socket.fd, addressOf(byte), byte.length, 0);
    if (socket.arrivedUs(nowUs()) !== null) return;
    await delay(STAMP_RETRY_MS);
  }
}

async function measureWay(
  way: Way,
  setting: ReadSetting,
  sender: Sender,
  trace: CallTrace,
): Promise<Timeline> {
  const read =
    way.form === "plain"
      ? readPlainly(way.model, setting, sender, trace)
      : await readOnDriver(way.model, setting, sender, trace);
  if (!read.data.equals(payload(setting.sizeBytes))) {
    throw new Error(
      `${read.data.length} bytes were read, which are not the ${setting.sizeBytes} that were sent`,
    );
  }
  return makeTimeline(way, setting, read, trace.records());
}

/** The one in the middle by how long after the arrival the program had the data. */
function median(timelines: readonly Timeline[]): Timeline {
  const lag = ({ toldUs, arrivedUs }: Timeline) => toldUs - (arrivedUs ?? 0);
  return timelines.toSorted((a, b) => lag(a) - lag(b))[timelines.length >> 1]!;
}
