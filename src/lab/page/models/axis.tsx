import { useFormats } from "../format.ts";
import { AXIS } from "./layout.ts";
import { place, ticksBetween, type Window } from "./windows.ts";

interface AxisProps {
  readonly window: Window;
  /** What its ticks are counted from, in microseconds since the read was asked for. */
  readonly originUs: number;
  readonly height: number;
  /** What is counted. */
  readonly caption: string;
}

/** The scale of a window. */
export function Axis({ window, originUs, height, caption }: AxisProps) {
  const { time } = useFormats();
  const { fromUs, toUs, x, width } = window;
  const ticks = ticksBetween(fromUs - originUs, toUs - originUs, Math.max(2, width / 90));
  return (
    <g class="axis" transform={`translate(0 ${height - AXIS})`}>
      <line x1={x} x2={x + width} />
      {ticks.map((us) => (
        <g key={us} transform={`translate(${place(window, us + originUs)} 0)`}>
          <line y2={4} />
          <text y={15}>{us === 0 ? "0" : time(us)}</text>
        </g>
      ))}
      <text class="caption" x={x + width / 2} y={30}>
        {caption}
      </text>
    </g>
  );
}
