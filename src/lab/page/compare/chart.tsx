import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import UPlot from "uplot";
import { useWidth } from "../use-width.ts";
import { useWords } from "../words/index.ts";
import type { Server } from "./servers.ts";

interface ChartProps {
  readonly title: string;
  readonly unit: string;
  readonly connections: string;
  readonly steps: readonly number[];
  /** The last step that is to come. */
  readonly most: number;
  readonly servers: readonly Server[];
  /** A row of values for each server. */
  readonly rows: readonly (readonly (number | null)[])[];
  /** Changes with the colours. */
  readonly theme: string;
  readonly show: (value: number) => string;
  /** Why values are missing; null if none is. */
  readonly note: string | null;
  readonly children?: ComponentChildren;
}

/** The point that is pointed at: its server and its step. */
interface Point {
  readonly series: number | null;
  readonly step: number | null;
}

const HEIGHT = 230;
const FONT = "11px system-ui, sans-serif";
/** Of a digit in it, at most. */
const DIGIT_WIDTH = 7;

/** A chart over the number of connections, on logarithmic scales both. */
export function Chart(props: ChartProps) {
  const { title, theme, servers, steps, most, rows } = props;
  const [ref, box, width] = useWidth<HTMLDivElement>();
  const [point, setPoint] = useState<Point>({ series: null, step: null });
  const plot = useRef<UPlot | null>(null);
  const shape = `${title} ${theme} ${most} ${servers.map(({ name }) => name)}`;

  useEffect(() => {
    if (width === 0) return;
    const made = new UPlot(optionsOf(props, width, box!, setPoint), toData(steps, rows), box!);
    plot.current = made;
    return () => made.destroy();
  }, [shape, width > 0]);
  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height: HEIGHT });
  }, [width]);
  useEffect(() => plot.current?.setData(toData(steps, rows)), [steps, rows]);

  return (
    <figure class="chart" data-chart={title}>
      <figcaption>
        <b>{title}</b> {props.unit}
        {props.children}
      </figcaption>
      <div ref={ref} aria-hidden="true" />
      {props.note !== null && <p class="note">{props.note}</p>}
      <p class="reading">{readingOf(props, point, useWords().colon)}</p>
    </figure>
  );
}

/** What is pointed at, in words and numbers. */
function readingOf(
  { servers, steps, rows, connections, show }: ChartProps,
  { series, step }: Point,
  colon: string,
): string {
  if (!series || step === null) return "";
  const value = rows[series - 1]?.[step];
  if (value === null || value === undefined) return "";
  return `${servers[series - 1]!.name}${colon}${show(value)} · ${connections}${colon}${show(steps[step]!)}`;
}

function toData(steps: readonly number[], rows: ChartProps["rows"]): UPlot.AlignedData {
  return [[...steps], ...rows.map((row) => [...row])];
}

function optionsOf(
  { servers, connections, most, show }: ChartProps,
  width: number,
  box: Element,
  onPoint: (change: (point: Point) => Point) => void,
): UPlot.Options {
  const ink = colourOf("--muted", box);
  const grid = { stroke: colourOf("--line", box), width: 1 };
  const axis: UPlot.Axis = {
    stroke: ink,
    grid,
    ticks: { ...grid, size: 4 },
    font: FONT,
    splits: (_plot, _axis, min, max) => roundBetween(min, max),
    values: (_plot, splits) => splits.map((value) => (value === null ? null : show(value))),
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 9 }, focus: { prox: 30 } },
    focus: { alpha: 0.25 },
    hooks: {
      setSeries: [(_plot, series) => onPoint((point) => ({ ...point, series }))],
      setCursor: [({ cursor }) => onPoint((point) => ({ ...point, step: cursor.idx ?? null }))],
    },
    scales: { x: { time: false, distr: 3, range: [0.7, most * 1.5] }, y: { distr: 3, range: padded } },
    axes: [
      { ...axis, size: 24, label: connections, labelSize: 16, labelGap: 0, labelFont: FONT },
      { ...axis, size: (_plot, values) => widthOf(values ?? []) },
    ],
    series: [{}, ...servers.map((server) => seriesOf(server, box))],
  };
}

/** The width of an axis: of its longest number, which is as long as its digits, and its ticks. */
function widthOf(values: readonly (string | null)[]): number {
  return 18 + DIGIT_WIDTH * Math.max(5, ...values.map((value) => value?.length ?? 0));
}

/** The powers of ten in a range, and the steps between them where there are few. */
function roundBetween(min: number, max: number): number[] {
  const decades = Array.from({ length: 14 }, (_, index) => 10 ** (index - 4));
  const factors = max / min > 50 ? [1] : [1, 2, 5];
  return decades
    .flatMap((decade) => factors.map((factor) => factor * decade))
    .filter((value) => value >= min && value <= max);
}

/** Room at both ends, also where there is one value only. */
function padded(_: UPlot, min: number | null, max: number | null): [number, number] {
  const low = Math.max(min ?? 1, 0.001);
  return [low / 1.5, Math.max(max ?? 10, low) * 1.5];
}

function seriesOf({ name, colour, dash, isHollow }: Server, box: Element): UPlot.Series {
  const stroke = colourOf(colour, box);
  return {
    label: name,
    stroke,
    width: 2,
    dash,
    spanGaps: false,
    points: { show: true, size: 7, stroke, fill: isHollow ? colourOf("--paper", box) : stroke },
  };
}

/** A colour of the style sheet as the canvas takes it: what stands for light and dark is decided by computing it. */
function colourOf(variable: string, box: Element): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${variable})`;
  box.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
