/**
 * `node --expose-gc parked.js sleep|receive COUNT`: so many tasks wait at once. As a line of JSON: bytes of the heap for each,
 * how many ended when they were cancelled, and bytes for each that are left then.
 */
import { Channel, type Operation, run, sleep, spawn } from "pentio";

/** Whoever is still here by then is still here. */
const DELAY_MS = 1e9;
/** The first tasks make code hot; what comes after them is what each costs. */
const WARM_UP_COUNT = 1000;

const channel = new Channel<void>();
const waits: Record<string, () => Operation<void>> = {
  sleep: () => sleep(DELAY_MS),
  receive: () => channel.receive(),
};

const [name, count] = process.argv.slice(2);
const wait = waits[name!]!;
let begun = 0;
let ended = 0;

function* parked() {
  begun++;
  try {
    yield* wait();
  } finally {
    ended++;
  }
}

function* parkAll(count: number) {
  for (let i = 0; i < count; i++) yield* spawn(parked);
}

/** @returns bytes on the heap while they wait, and when they have ended */
function* trial(count: number) {
  begun = 0;
  ended = 0;
  const before = heapBytes();
  const parent = yield* spawn(() => parkAll(count));
  while (begun < count) yield* sleep(0);
  const during = heapBytes();
  yield* parent.cancel();
  const after = heapBytes();
  return { count, ended, bytesEach: (during - before) / count, leftBytesEach: (after - before) / count };
}

/** What is reachable. */
function heapBytes(): number {
  for (let i = 0; i < 4; i++) globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

await run(() => trial(WARM_UP_COUNT));
console.log(JSON.stringify(await run(() => trial(Number(count)))));
