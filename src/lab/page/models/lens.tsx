import { AXIS, FLAGS, type Layout } from "./layout.ts";
import { place } from "./windows.ts";

/** What leads the eye from the end of the read to where it is magnified. */
export function Lens({ layout: { whole, end, isStacked, windowHeight } }: { readonly layout: Layout }) {
  const left = place(whole, end.fromUs);
  const right = Math.max(place(whole, end.toUs), left + 2);
  const bottom = windowHeight - AXIS;
  const corners = isStacked
    ? [left, bottom, right, bottom, end.x + end.width, end.y + FLAGS, end.x, end.y + FLAGS]
    : [right, FLAGS, end.x, FLAGS, end.x, bottom, right, bottom];
  return (
    <>
      <polygon class="lens" points={corners.join(" ")} />
      <rect class="lens-frame" x={left} y={FLAGS} width={right - left} height={bottom - FLAGS} />
      <rect class="lens-frame" x={end.x} y={end.y + FLAGS} width={end.width} height={bottom - FLAGS} />
    </>
  );
}
