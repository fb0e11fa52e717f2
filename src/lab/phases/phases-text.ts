import { count, type Paint } from "../../reporting/index.ts";
import { describeCopying, describeTelling, describeWaiting, formatUs, nameOf } from "./phase-words.ts";
import type { PhasesReport } from "./phases-report.ts";
import { cellAt, drawThread, type Scale, SIGNS } from "./thread-bar.ts";
import type { Timeline } from "./timeline.ts";

/** Before the bars: the threads' names. */
const INDENT = "  ";
const LABEL_WIDTH = 9;
const WIDTH_MIN = 40;

/** Time lines as text, all at the same scale. @param width of a line that is drawn, in characters */
export function formatPhases(report: PhasesReport, width: number, paint: Paint): string {
  const cells = Math.max(WIDTH_MIN, width) - LABEL_WIDTH - 1;
  const longestUs = Math.max(1, ...report.timelines.map(({ toldUs }) => toldUs));
  const scale = { cells, cellUs: longestUs / cells };
  const drawn = report.timelines.flatMap((timeline) => [...draw(timeline, scale, paint), ""]);
  return [...describe(report), "", ...drawn, ...conclude(report, scale, paint)]
    .map((line) => `${line}\n`)
    .join("");
}

function describe({ pentio, machine, kernel, node, options }: PhasesReport): string[] {
  const { delayMs, sizeBytes } = options;
  return [
    `Pentio ${pentio}, Node ${node}, ${kernel}, ${machine.cpu}, ${count(machine.cpus, "CPU")}`,
    `One read on each model: a UDP datagram of ${count(sizeBytes, "byte")}, sent ${delayMs} ms after it was asked for`,
  ];
}

function draw(timeline: Timeline, scale: Scale, paint: Paint): string[] {
  const { kind, helperThread, notMeasured } = timeline;
  const helper = notMeasured.helperThread
    ? `not measured: ${notMeasured.helperThread}`
    : drawThread(timeline, "helper", scale, paint);
  return [
    `${paint("bold", nameOf(timeline))}: ${kind} I/O`,
    label("loop") + drawThread(timeline, "loop", scale, paint),
    ...(helperThread.length > 0 || notMeasured.helperThread ? [label("helper") + helper] : []),
    label("") + drawMarks(timeline, scale),
    `${INDENT}waiting for data: ${describeWaiting(timeline)}`,
    `${INDENT}copying data: ${describeCopying(timeline)}`,
    `${INDENT}told: ${describeTelling(timeline)}`,
  ];
}

function label(text: string): string {
  return (INDENT + text).padEnd(LABEL_WIDTH);
}

/** "a" where the data arrived, "t" where the program was told; side by side if both fall into one cell. */
function drawMarks({ arrivedUs, toldUs }: Timeline, scale: Scale): string {
  const toldAt = cellAt(toldUs, scale);
  if (arrivedUs === null) return `${" ".repeat(toldAt)}t`;
  const arrivedAt = cellAt(arrivedUs, scale);
  return `${" ".repeat(arrivedAt)}a${" ".repeat(Math.max(0, toldAt - arrivedAt - 1))}t`;
}

function conclude({ timelines, skipped, failed }: PhasesReport, { cellUs }: Scale, paint: Paint): string[] {
  const lines = skipped.map(({ model, reason }) => `${model} was skipped: ${reason}`);
  for (const { model, reason } of failed) lines.push(paint("red", `${model} failed: ${reason}`));
  if (timelines.length === 0) return [...lines, paint("red", "Nothing was measured")];
  return [
    ...lines,
    `${SIGNS.blocked} blocked in a call   ${SIGNS.working} running other work   ${SIGNS.calling} in a call   ${SIGNS.retry} a call in vain`,
    `a: the data arrived in the kernel   t: the program was told   each sign: ${formatUs(cellUs)}`,
    "A thread that runs may have had to wait for a processor: on a busy machine that looks like work.",
  ];
}
