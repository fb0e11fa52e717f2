import type { Runnable } from "./ready-queue.ts";
import { type MessageKind, reportSlow, slowThresholdMs } from "./slow-messages.ts";

/** When the message that is handled now began. An array, for a number in it is changed without an allocation. */
const began = new Float64Array(1);

/** From now on messages are handled. @returns the time, in monotonic milliseconds */
export function beginMessages(): number {
  const now = performance.now();
  began[0] = now;
  return now;
}

/** A message has ended, and the next one begins: one reading of the clock serves both. */
export function endMessage(kind: MessageKind, source: Runnable | null): void {
  const now = performance.now();
  const durationMs = now - began[0]!;
  began[0] = now;
  if (durationMs <= slowThresholdMs) return;
  reportSlow(kind, source?.name ?? kind, durationMs, () => source?.locate?.() ?? null);
  // What the report took is nobody's.
  began[0] = performance.now();
}

/** Takes time off the message that is handled now, because it was watched by itself. */
export function excludeFromMessage(durationMs: number): void {
  began[0]! += durationMs;
}
