import type { Paint } from "../../reporting/index.ts";
import { blockedIn, copyingCall } from "./phase-words.ts";
import type { Stretch, ThreadState, Timeline, TracedCall } from "./timeline.ts";

/** What a cell of a bar shows: a state, a call that was in vain, or nothing. */
type Cell = ThreadState | "retry" | "nothing";

export const SIGNS: Readonly<Record<Cell, string>> = {
  blocked: "█",
  working: "░",
  calling: "▓",
  retry: "|",
  nothing: " ",
};

const COLOURS = { blocked: "red", working: "green", calling: "yellow", retry: "yellow" } as const;

/** Cells side by side, the same time each. */
export interface Scale {
  readonly cells: number;
  readonly cellUs: number;
}

/** The cell that a moment falls into. */
export function cellAt(us: number, { cells, cellUs }: Scale): number {
  return Math.min(cells - 1, Math.floor(us / cellUs));
}

/** A thread's time as one line: in each cell what took most of it, but for calls that matter however short they are. */
export function drawThread(
  timeline: Timeline,
  thread: TracedCall["thread"],
  scale: Scale,
  paint: Paint,
): string {
  const stretches = thread === "loop" ? timeline.loopThread : timeline.helperThread;
  const line = Array.from({ length: scale.cells }, (_, cell) => mainState(stretches, cell, scale));
  const copying = copyingCall(timeline);
  for (const call of timeline.calls) {
    if (call.thread !== thread || call.name !== copying?.name) continue;
    if (call.outcome === "EAGAIN") line[cellAt(call.fromUs, scale)] = "retry";
    else if (!blockedIn(stretches, [call])) line[cellAt(call.toUs, scale)] = "calling";
  }
  return paintRuns(line, paint);
}

function mainState(stretches: readonly Stretch[], cell: number, { cellUs }: Scale): Cell {
  const totals: Record<Cell, number> = { blocked: 0, working: 0, calling: 0, retry: 0, nothing: 0 };
  let left = cellUs;
  for (const { state, fromUs, toUs } of stretches) {
    const within = Math.min(toUs, (cell + 1) * cellUs) - Math.max(fromUs, cell * cellUs);
    if (within <= 0) continue;
    totals[state] += within;
    left -= within;
  }
  totals.nothing = left;
  return (Object.keys(totals) as Cell[]).reduce((most, next) => (totals[next] > totals[most] ? next : most));
}

/** Colours cells that are alike together. */
function paintRuns(line: readonly Cell[], paint: Paint): string {
  let text = "";
  for (let from = 0, to = 0; from < line.length; from = to) {
    const cell = line[from]!;
    while (to < line.length && line[to] === cell) to++;
    const run = SIGNS[cell].repeat(to - from);
    text += cell === "nothing" ? run : paint(COLOURS[cell], run);
  }
  return text;
}
