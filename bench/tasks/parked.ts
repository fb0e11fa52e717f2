/**
 * `node --expose-gc parked.js sleep|receive|inline COUNT`: so many tasks wait at once; `inline`: each in a function of its own. As a
 * line of JSON: bytes of the heap for each, how many ended when they were cancelled, and bytes for each that are left then.
 */
import { type Body, Channel, run, sleep, spawn } from "pentio";

/** Whoever is still here by then is still here. */
const DELAY_MS = 1e9;
/** The first tasks make code hot; what comes after them is what each costs. */
const WARM_UP_COUNT = 1000;

const channel = new Channel<void>();
let begun = 0;
let ended = 0;

function* sleeping() {
  begun++;
  try {
    yield* sleep(DELAY_MS);
  } finally {
    ended++;
  }
}

function* receiving() {
  begun++;
  try {
    yield* channel.receive();
  } finally {
    ended++;
  }
}

/** They give the body of a task. */
const bodies: Record<string, () => Body<void>> = {
  sleep: () => sleeping,
  receive: () => receiving,
  inline: () =>
    function* () {
      begun++;
      try {
        yield* sleep(DELAY_MS);
      } finally {
        ended++;
      }
    },
};

const [name, count] = process.argv.slice(2);
const bodyOf = bodies[name!]!;

function* parkAll(count: number) {
  for (let i = 0; i < count; i++) yield* spawn(bodyOf());
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
