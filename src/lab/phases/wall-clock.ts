/** The kernel stamps packets by the wall clock, which can be set; everything else here goes by the monotonic one. */
import { addressOf, CLOCK_REALTIME, syscalls } from "../../sys/index.ts";
import { nowUs } from "../../tracing/index.ts";

/** Pairs of readings, of which the closest counts. */
const PAIRS = 16;

/** A `struct timespec` with members of 64 bits, of which the lower halves do. */
export const timeWords = new Uint32Array(Buffer.allocUnsafeSlow(16).buffer);
export const timeWordsAddress = addressOf(timeWords);
const SECONDS = 0;
const NANOSECONDS = 2;

/** Seconds are counted from here, for microseconds since 1970 leave a double no fractions to speak of. */
const startSeconds = Math.floor(Date.now() / 1000);

/**
 * Converts a time of the wall clock by what both clocks say now.
 *
 * @param words a `struct timespec`, {@link timeWords}, which is used again
 * @returns microseconds of the monotonic clock, right to about half a microsecond
 */
export function toMonotonicUs(words: Uint32Array): number {
  const wallUs = microseconds(words);
  return wallUs - measureLeadUs();
}

/** How far the wall clock is ahead of the monotonic one. */
function measureLeadUs(): number {
  let closestUs = Number.POSITIVE_INFINITY;
  let leadUs = 0;
  for (let pair = 0; pair < PAIRS; pair++) {
    const beforeUs = nowUs();
    syscalls.clockGettime(CLOCK_REALTIME, timeWordsAddress);
    const afterUs = nowUs();
    if (afterUs - beforeUs >= closestUs) continue;
    closestUs = afterUs - beforeUs;
    leadUs = microseconds(timeWords) - (beforeUs + afterUs) / 2;
  }
  return leadUs;
}

function microseconds(words: Uint32Array): number {
  return (words[SECONDS]! - startSeconds) * 1e6 + words[NANOSECONDS]! / 1e3;
}
