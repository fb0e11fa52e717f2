/**
 * `node firing.js COUNT`: so many sleeps with delays of chance, whose deadlines have to come in order. As a line of JSON: how
 * many fired, how many of them before their time, and how many after one with a later deadline.
 */
import { sleep } from "pentio";

const DELAY_MS_MAX = 2000;

const count = Number(process.argv[2]);
let fired = 0;
let early = 0;
let outOfOrder = 0;
/** A deadline is a whole millisecond, and lies between what the clock gives before it is set and after. */
let latest = 0;

function set(delayMs: number): PromiseLike<void> {
  const earliestDeadline = Math.ceil(performance.now() + delayMs);
  const sleeping = sleep(delayMs).then(() => {
    fired++;
    if (performance.now() < earliestDeadline) early++;
    if (latestDeadline < latest) outOfOrder++;
    latest = Math.max(latest, earliestDeadline);
  });
  const latestDeadline = Math.ceil(performance.now() + delayMs);
  return sleeping;
}

const started = performance.now();
let random = 1;
const sleeps: PromiseLike<void>[] = [];
for (let i = 0; i < count; i++) {
  // Park and Miller's generator: the same delays in every run.
  random = (random * 48271) % 0x7fffffff;
  sleeps.push(set((random / 0x7fffffff) * DELAY_MS_MAX));
}
for (const sleeping of sleeps) await sleeping;
console.log(
  JSON.stringify({ count, fired, early, outOfOrder, seconds: (performance.now() - started) / 1000 }),
);
