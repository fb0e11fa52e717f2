import { useEffect, useRef } from "preact/hooks";
import { AXIS, FLAGS } from "./layout.ts";
import { replayMs } from "./replay.ts";
import type { Window } from "./windows.ts";

interface VeilProps {
  readonly window: Window;
  readonly height: number;
  readonly replays: number;
  /** The whole is replayed first, then its magnified end. */
  readonly turn: "first" | "second";
}

/** What hides the part of a window that a replay has not come to. */
export function Veil({ window, height, replays, turn }: VeilProps) {
  const veil = useRef<SVGGElement>(null);
  useEffect(() => {
    if (replays === 0) return;
    const moved = (x: string) => ({ transform: `translateX(${x})`, visibility: "visible" });
    const animation = veil.current!.animate([moved("0"), moved("100%")], {
      duration: replayMs[turn],
      delay: turn === "first" ? 0 : replayMs.first,
      fill: "backwards",
      easing: matchMedia("(prefers-reduced-motion: reduce)").matches ? "steps(6)" : "linear",
    });
    return () => animation.cancel();
  }, [replays, turn]);
  return (
    <svg x={window.x} y={FLAGS} width={window.width} height={height - FLAGS - AXIS} aria-hidden="true">
      <g ref={veil} class="veil">
        <rect width={window.width} height={height} />
        <line y2={height} />
      </g>
    </svg>
  );
}
