import type { MessageKind, SourceLocation } from "./slow-messages.ts";

/** A message that is always slow says so, but not each time. */
const WARNING_PAUSE_MS = 60_000;

/** Names that are remembered; a program may make up a new one for each task. */
const NAMES_MAX = 1000;

/** What is known of a name. */
interface Notice {
  nextWarningAt: number;
  /** Slow messages since the last warning. */
  untold: number;
}

const notices = new Map<string, Notice>();

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
  const notice = noticeOf(subject);
  const now = performance.now();
  if (now < notice.nextWarningAt) {
    notice.untold++;
    return;
  }
  const others = notice.untold > 0 ? ` It was slow ${notice.untold} more times since the last warning.` : "";
  notice.nextWarningAt = now + WARNING_PAUSE_MS;
  notice.untold = 0;
  process.emitWarning(
    `${subject} held the loop for ${Math.round(durationMs)} ms${placeOf(locate())}; everything else waited. ` +
      `Wait for I/O with operations instead of calls that block, and move computation to a Worker.${others}`,
    { code: "PENTIO_SLOW_MESSAGE" },
  );
}

function noticeOf(subject: string): Notice {
  let notice = notices.get(subject);
  if (!notice) {
    if (notices.size === NAMES_MAX) notices.delete(notices.keys().next().value!);
    notice = { nextWarningAt: 0, untold: 0 };
    notices.set(subject, notice);
  }
  return notice;
}

function placeOf(location: SourceLocation | null): string {
  if (!location) return "";
  const { file, line, column, what } = location;
  return `, ${what === "wait" ? "up to its wait" : "in the function"} at ${file}:${line}:${column}`;
}
