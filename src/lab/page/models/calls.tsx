import { useState } from "preact/hooks";
import type { Timeline } from "../../phases/timeline.ts";
import { useFormats } from "../format.ts";
import { useWords } from "../words/index.ts";
import { edgesOf } from "./bars.ts";
import { type CallGroup, groupCalls } from "./call-groups.ts";
import { BAND, type Layout, STRIP, topOf } from "./layout.ts";
import type { Window } from "./windows.ts";

interface CallsProps {
  readonly timeline: Timeline;
  readonly layout: Layout;
  readonly title: string;
}

/** A mark that can be pointed at, or reached with the arrow keys. */
interface Mark {
  readonly group: CallGroup;
  readonly left: number;
  readonly top: number;
  readonly width: number;
}

/** Of a mark, so that it can be hit. */
const WIDTH_MIN = 7;
/** At most, as the style sheet has it. */
const TOOLTIP = 190;

/** The system calls of a figure. The one that is pointed at, or has the focus, tells what it is. */
export function Calls({ timeline, layout, title }: CallsProps) {
  const words = useWords();
  const [active, setActive] = useState(-1);
  const [entry, setEntry] = useState(0);
  const describe = useCallText();
  const marks = [layout.whole, layout.end].flatMap((window) => marksIn(window, timeline));
  if (marks.length === 0) return <p class="no-calls">{words.timelines.noCalls}</p>;
  const shown = marks[active];
  const move = (event: KeyboardEvent & { currentTarget: HTMLElement }) => {
    const to = nextMark(event.key, Math.min(entry, marks.length - 1), marks.length);
    if (to === undefined) return;
    event.preventDefault();
    setEntry(to);
    (event.currentTarget.children[to] as HTMLElement).focus();
  };
  return (
    <>
      <div class="marks" role="toolbar" aria-label={words.timelines.callsOf(title)} onKeyDown={move}>
        {marks.map(({ group, left, top, width }, index) => (
          <button
            key={`${left} ${top}`}
            type="button"
            tabIndex={index === Math.min(entry, marks.length - 1) ? 0 : -1}
            aria-label={describe(group)}
            style={inPixels({ left, top, width, height: BAND + STRIP })}
            onPointerEnter={() => setActive(index)}
            onPointerLeave={() => setActive(-1)}
            onFocus={() => setActive(index)}
            onBlur={() => setActive(-1)}
            onClick={() => setEntry(index)}
          />
        ))}
      </div>
      {shown && (
        <div
          class="tooltip"
          role="tooltip"
          style={inPixels({
            left: Math.min(shown.left, layout.width - TOOLTIP),
            top: shown.top + BAND + STRIP + 4,
          })}
        >
          {describe(shown.group)}
        </div>
      )}
    </>
  );
}

function nextMark(key: string, from: number, count: number): number | undefined {
  if (key === "ArrowRight") return Math.min(from + 1, count - 1);
  if (key === "ArrowLeft") return Math.max(from - 1, 0);
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  return undefined;
}

function marksIn(window: Window, timeline: Timeline): Mark[] {
  const apartUs = ((window.toUs - window.fromUs) / window.width) * WIDTH_MIN;
  const inside = timeline.calls.filter(({ fromUs, toUs }) => toUs >= window.fromUs && fromUs <= window.toUs);
  return groupCalls(inside, apartUs).map((group) => {
    const [left, right] = edgesOf(window, { fromUs: group.first.fromUs, toUs: group.last.toUs });
    const width = Math.max(right - left, WIDTH_MIN);
    return { group, left, width, top: window.y + topOf(timeline, group.first.thread) };
  });
}

function inPixels(lengths: Record<string, number>): Record<string, string> {
  return Object.fromEntries(Object.entries(lengths).map(([name, length]) => [name, `${length}px`]));
}

/** A call in words: its name, what it returned, when, how long it took. */
function useCallText(): (group: CallGroup) => string {
  const words = useWords();
  const { number, time } = useFormats();
  return ({ first, last, times }) => {
    const { name, outcome, result } = first;
    const what = `${name} → ${words.outcomes[outcome]?.(number(result)) ?? outcome}`;
    const parts =
      times > 1
        ? [words.timelines.repeated(number(times)), `${time(first.fromUs)} – ${time(last.toUs)}`]
        : [
            `${words.timelines.at} ${time(first.fromUs)}`,
            `${words.timelines.took} ${time(first.toUs - first.fromUs)}`,
          ];
    return [what, ...parts].join(words.comma);
  };
}
