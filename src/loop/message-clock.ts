import { type MessageKind, reportSlow, type SourceLocation, slowThresholdMs } from "./slow-messages.ts";

/** What a message came from, for reports of slow ones. */
export interface MessageSource {
  readonly name?: string;
  /** Where it stands in the program. */
  locate?(): SourceLocation | null;
}

/** When the message that is handled now began. An array, for a number in it is changed without an allocation. */
const began = new Float64Array(1);

/** Looked up once: the global is a getter of Node's, which costs as much as reading the clock. */
const clock = performance;

/** Monotonic milliseconds. */
export function preciseNow(): number {
  return clock.now();
}

/** From now on messages are handled. @returns the time, in monotonic milliseconds */
export function beginMessages(): number {
  const now = preciseNow();
  began[0] = now;
  return now;
}

/**
 * A message has ended, and the next one begins: one reading of the clock serves both.
 *
 * @returns the time, in monotonic milliseconds
 */
export function endMessage(kind: MessageKind, source: MessageSource | null): number {
  const now = preciseNow();
  const durationMs = now - began[0]!;
  began[0] = now;
  if (durationMs > slowThresholdMs) report(kind, source, durationMs);
  return now;
}

/** When the message that is handled now began, in whole monotonic milliseconds: a clock that costs nothing. */
export function messageTime(): number {
  return Math.floor(began[0]!);
}

/** Takes time off the message that is handled now, because it was watched by itself. */
export function excludeFromMessage(durationMs: number): void {
  began[0]! += durationMs;
}

function report(kind: MessageKind, source: MessageSource | null, durationMs: number): void {
  reportSlow(kind, source?.name ?? kind, durationMs, () => source?.locate?.() ?? null);
  // What the report took is nobody's.
  began[0] = preciseNow();
}
