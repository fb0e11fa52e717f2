import { useFormats } from "../format.ts";
import { useWords } from "../words/index.ts";
import { AXIS, FLAGS } from "./layout.ts";
import type { Moment } from "./moments.ts";
import { place, type Window } from "./windows.ts";

interface FlagsProps {
  readonly moments: readonly Moment[];
  readonly window: Window;
  readonly height: number;
}

const FLAG = 14;

/** A flag for each moment within the window; those that would cover each other stand side by side. */
export function Flags({ moments, window, height }: FlagsProps) {
  const words = useWords();
  const { time } = useFormats();
  return standing(moments, window).map(({ name, us, x, flagX }) => {
    const [letter, meaning] = words.moments[name];
    return (
      <g key={name} class="flag">
        <title>{meaning + words.colon + time(us)}</title>
        <path d={`M${flagX} ${FLAG + 1}L${x} ${FLAGS}V${height - AXIS}`} />
        <rect x={flagX - FLAG / 2} y={1} width={FLAG} height={FLAG} rx={3} />
        <text x={flagX} y={FLAG - 2}>
          {letter}
        </text>
      </g>
    );
  });
}

/** Where each moment is, and where its flag has room. */
function standing(moments: readonly Moment[], window: Window) {
  const rightmost = window.x + window.width - FLAG / 2;
  const inside = moments.filter(({ us }) => us >= window.fromUs && us <= window.toUs);
  let taken = Number.NEGATIVE_INFINITY;
  return inside.map((moment, index) => {
    const x = place(window, moment.us);
    const last = rightmost - (inside.length - 1 - index) * (FLAG + 1);
    const flagX = Math.min(Math.max(x, taken + FLAG + 1), last);
    taken = flagX;
    return { ...moment, x, flagX };
  });
}
