/** The patterns by which the parts of the figures can be told apart without their colours. */
export function Patterns() {
  return (
    <svg class="patterns" width="0" height="0" aria-hidden="true">
      <defs>
        <pattern
          id="hatched"
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect width="6" height="6" class="ground-blocked" />
          <rect width="2.4" height="6" class="stroke-blocked" />
        </pattern>
        <pattern id="dotted" width="6" height="6" patternUnits="userSpaceOnUse">
          <rect width="6" height="6" class="ground-waiting" />
          <circle cx="3" cy="3" r="0.9" class="stroke-waiting" />
        </pattern>
        <pattern id="striped" width="4" height="4" patternUnits="userSpaceOnUse">
          <rect width="4" height="4" class="ground-copying" />
          <rect width="1.4" height="4" class="stroke-copying" />
        </pattern>
      </defs>
    </svg>
  );
}
