import { wrongValue } from "./errors.ts";
import { room } from "./memory.ts";

/** Two `struct timespec`, of Dates or milliseconds since 1970. @throws ERR_INVALID_ARG_VALUE */
export function timesBytes(accessed: Date | number, modified: Date | number): Buffer {
  const bytes = room(32);
  for (const [i, time] of [accessed, modified].entries()) {
    const ms = Number(time);
    if (!Number.isFinite(ms)) throw wrongValue(`A time is a Date or milliseconds since 1970, not ${time}`);
    const seconds = Math.floor(ms / 1000);
    bytes.writeBigInt64LE(BigInt(seconds), 16 * i);
    bytes.writeBigInt64LE(BigInt(Math.floor((ms - seconds * 1000) * 1e6)), 16 * i + 8);
  }
  return bytes;
}
