import { edgesOf } from "./bars.ts";
import { BAND } from "./layout.ts";
import type { Span, Window } from "./windows.ts";

interface InscriptionProps {
  readonly window: Window;
  readonly span: Span;
  readonly text: string;
}

const GAP = 6;

/** Words upon a bar, or beside it where it is too short for them; none where there is no room at all. */
export function Inscription({ window, span, text }: InscriptionProps) {
  const [left, right] = edgesOf(window, span);
  const length = lengthOf(text);
  const y = BAND * 0.7;
  if (right - left > length + GAP) return inscribed("middle", (left + right) / 2, y, text);
  if (right + GAP + length < window.x + window.width) return inscribed("start", right + GAP, y, text);
  if (left - GAP - length > window.x) return inscribed("end", left - GAP, y, text);
  return null;
}

function inscribed(anchor: "start" | "middle" | "end", x: number, y: number, text: string) {
  return (
    <text class="inscription" text-anchor={anchor} x={x} y={y}>
      {text}
    </text>
  );
}

/** About how long a text is in CSS pixels: Chinese characters are as wide as they are high. */
function lengthOf(text: string): number {
  let length = 0;
  for (const character of text) length += character > "\u2e80" ? 12 : 6.6;
  return length;
}
