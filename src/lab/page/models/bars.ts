import { place, type Span, type Window } from "./windows.ts";

/**
 * Many bars as one path: thousands of elements would make the page slow.
 *
 * @param widthMin of a bar, so that what is short can be seen
 */
export function barsOf(window: Window, spans: readonly Span[], height: number, widthMin: number): string {
  let path = "";
  for (const span of spans) {
    if (span.toUs < window.fromUs || span.fromUs > window.toUs) continue;
    const [left, right] = edgesOf(window, span);
    const width = Math.max(right - left, widthMin);
    if (width > 0) path += `M${left.toFixed(1)} 0h${width.toFixed(2)}v${height}h-${width.toFixed(2)}z`;
  }
  return path;
}

/** Where what can be seen of a span begins and ends. */
export function edgesOf(window: Window, { fromUs, toUs }: Span): [left: number, right: number] {
  return [place(window, Math.max(fromUs, window.fromUs)), place(window, Math.min(toUs, window.toUs))];
}
