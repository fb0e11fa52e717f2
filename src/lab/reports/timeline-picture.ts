import { decimal } from "../../reporting/index.ts";
import type { Stretch, ThreadState, Timeline, TracedCall } from "../phases/timeline.ts";
import { copyingSpan, type Span } from "./copying-span.ts";
import { html, type Markup } from "./markup.ts";
import type { Words } from "./words.ts";

const WIDTH = 1000;
const ROW_HEIGHT = 24;
const BAR_HEIGHT = 16;
/** For what would be too narrow to be seen. */
const WIDTH_MIN = 1.5;

/** The end of a read, in which a thousandth of its time has room: from a little before the arrival. */
export function endSpan({ arrivedUs, toldUs }: Timeline): Span {
  const fromUs = arrivedUs ?? toldUs * 0.9;
  return { fromUs: Math.max(0, fromUs - (toldUs - fromUs) / 8), toUs: toldUs };
}

/** The names of a picture's rows, from top to bottom. */
export function rowNames({ helperThread }: Timeline, words: Words): string[] {
  const helper = helperThread.length > 0 ? [words.helper, words.calls] : [];
  return [words.data, words.thread, words.calls, ...helper];
}

/** A time line as a picture: the data's phases, what each thread does, and its calls. */
export function drawTimeline(timeline: Timeline, span: Span, words: Words): Markup {
  const { loopThread, helperThread, calls, arrivedUs } = timeline;
  const states: Record<ThreadState, string> = words;
  const stretches = (thread: readonly Stretch[]) =>
    thread.map(({ state, ...stretch }) => ({ kind: state, title: states[state], ...stretch }));
  const callsOf = (thread: TracedCall["thread"]) =>
    calls.filter((call) => call.thread === thread).map((call) => callPiece(call, words));
  const helper = helperThread.length > 0 ? [stretches(helperThread), callsOf("helper")] : [];
  const rows = [phasesOf(timeline, words), stretches(loopThread), callsOf("loop"), ...helper];
  const height = rows.length * ROW_HEIGHT;
  return html`<svg class="timeline" viewBox="0 0 ${WIDTH} ${height}" height="${height}" preserveAspectRatio="none" role="img">
${rows.map((pieces, row) => drawRow(pieces, row, span, words))}
${arrivedUs === null ? "" : drawMoment(arrivedUs, height, span)}</svg>`;
}

interface Piece extends Span {
  /** The class by which it gets its colour. */
  readonly kind: string;
  readonly title: string;
}

function callPiece({ name, outcome, result, fromUs, toUs }: TracedCall, words: Words): Piece {
  const returned = words.outcomes[outcome]?.(decimal(result, 0)) ?? outcome;
  return { kind: "call", title: `${name}${words.colon}${returned}`, fromUs, toUs };
}

/** What is with the data: it is waited for, is there, is copied. */
function phasesOf(timeline: Timeline, words: Words): Piece[] {
  const { arrivedUs, toldUs } = timeline;
  if (arrivedUs === null) {
    return [{ kind: "unmeasured", title: words.neitherMeasured, fromUs: 0, toUs: toldUs }];
  }
  const waiting = { kind: "waiting", title: words.waitingForData, fromUs: 0, toUs: arrivedUs };
  const copying = copyingSpan(timeline);
  if (!copying) {
    return [waiting, { kind: "unmeasured", title: words.notMeasuredApart, fromUs: arrivedUs, toUs: toldUs }];
  }
  return [
    waiting,
    { kind: "ready", title: words.dataIsThere, fromUs: arrivedUs, toUs: copying.fromUs },
    { kind: "copying", title: words.copyingData, ...copying },
  ];
}

/** Draws pieces from left to right; those that would have no room of their own, among thousands, are left out. */
function drawRow(pieces: readonly Piece[], row: number, span: Span, words: Words): Markup[] {
  const y = row * ROW_HEIGHT + (ROW_HEIGHT - BAR_HEIGHT) / 2;
  let drawnTo = 0;
  return pieces.flatMap(({ kind, title, fromUs, toUs }) => {
    const left = Math.max(drawnTo, place(fromUs, span));
    const right = Math.min(WIDTH, Math.max(place(toUs, span), place(fromUs, span) + WIDTH_MIN));
    if (right - left < WIDTH_MIN / 2) return [];
    drawnTo = right;
    const hint = `${title}${words.comma}${fromUs.toFixed(1)} – ${toUs.toFixed(1)} µs`;
    const [x, width] = [left.toFixed(2), (right - left).toFixed(2)];
    return html`<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${BAR_HEIGHT}"><title>${hint}</title></rect>`;
  });
}

function drawMoment(atUs: number, height: number, span: Span): Markup {
  const x = place(atUs, span).toFixed(2);
  return html`<line class="moment" x1="${x}" x2="${x}" y1="0" y2="${height}"/>`;
}

function place(us: number, { fromUs, toUs }: Span): number {
  return ((us - fromUs) / (toUs - fromUs)) * WIDTH;
}
