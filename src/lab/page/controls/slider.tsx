import { useEffect, useId, useState } from "preact/hooks";

interface SliderProps {
  readonly label: string;
  /** The values that it can take, in order. */
  readonly stops: readonly number[];
  readonly value: number;
  readonly show: (value: number) => string;
  /** Called when the reader has let go, for each value starts a measurement. */
  readonly onChange: (value: number) => void;
}

/** A slider over a few values, which need not be evenly spaced. */
export function Slider({ label, stops, value, show, onChange }: SliderProps) {
  const id = useId();
  const [index, setIndex] = useState(() => nearest(stops, value));
  useEffect(() => setIndex(nearest(stops, value)), [stops, value]);
  return (
    <div class="slider">
      <label for={id}>{label}</label>
      <output for={id}>{show(stops[index]!)}</output>
      <input
        id={id}
        type="range"
        min={0}
        max={stops.length - 1}
        value={index}
        aria-valuetext={show(stops[index]!)}
        onInput={({ currentTarget }) => setIndex(currentTarget.valueAsNumber)}
        onChange={({ currentTarget }) => onChange(stops[currentTarget.valueAsNumber]!)}
      />
    </div>
  );
}

function nearest(stops: readonly number[], value: number): number {
  const above = stops.findIndex((stop) => stop >= value);
  return above < 0 ? stops.length - 1 : above;
}
