import type { MessageKind, SourceLocation } from "./slow-messages.ts";

/** A message that is always slow says so, but not each time. */
const WARNING_PAUSE_MS = 60_000;

/** Names that are remembered; a program may make up a new one for each task. */
const NAMES_MAX = 1000;

interface Record {
  nextWarningAt: number;
  /** Slow messages since the last warning. */
  untold: number;
}

const records = new Map<string, Record>();

const subjects: { readonly [Kind in MessageKind]: (name: string) => string } = {
  task: (name) => `The task "${name}"`,
  event: (name) => `The event "${name}"`,
  completions: () => "Callbacks of operations",
  timers: () => "Callbacks of timers",
  microtasks: () => "Async functions or callbacks of promises",
};

/** Warns the user that a message was slow, at most once a minute for each name. */
export function warnOfSlow(
  kind: MessageKind,
  name: string,
  durationMs: number,
  locate: () => SourceLocation | null,
): void {
  const subject = subjects[kind](name);
  const record = recordOf(subject);
  const now = performance.now();
  if (now < record.nextWarningAt) {
    record.untold++;
    return;
  }
  const others = record.untold > 0 ? ` It was slow ${record.untold} more times since the last warning.` : "";
  record.nextWarningAt = now + WARNING_PAUSE_MS;
  record.untold = 0;
  process.emitWarning(
    `${subject} held the loop for ${Math.round(durationMs)} ms${placeOf(locate())}; everything else waited. ` +
      `Wait for I/O with operations instead of calls that block, and move computation to a Worker.${others}`,
    { code: "PENTIO_SLOW_MESSAGE" },
  );
}

function recordOf(subject: string): Record {
  let record = records.get(subject);
  if (!record) {
    if (records.size === NAMES_MAX) records.delete(records.keys().next().value!);
    record = { nextWarningAt: 0, untold: 0 };
    records.set(subject, record);
  }
  return record;
}

function placeOf(location: SourceLocation | null): string {
  if (!location) return "";
  const { file, line, column, what } = location;
  return `, ${what === "wait" ? "up to its wait" : "in the function"} at ${file}:${line}:${column}`;
}
