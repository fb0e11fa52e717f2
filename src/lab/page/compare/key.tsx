import { useWords } from "../words/index.ts";
import type { Server } from "./servers.ts";

interface KeyProps {
  readonly servers: readonly Server[];
  readonly hidden: ReadonlySet<string>;
  readonly onToggle: (name: string) => void;
}

/** Whose line is whose; each can be hidden. */
export function Key({ servers, hidden, onToggle }: KeyProps) {
  const words = useWords();
  return (
    <fieldset class="key">
      <legend>{words.compare.show}</legend>
      {servers.map(({ name, colour, dash, isHollow }) => (
        <label key={name}>
          <input type="checkbox" checked={!hidden.has(name)} onChange={() => onToggle(name)} />
          <svg width="34" height="12" aria-hidden="true" style={{ color: `var(${colour})` }}>
            <line
              x2="34"
              y1="6"
              y2="6"
              stroke="currentColor"
              stroke-width="2"
              stroke-dasharray={dash.join(" ")}
            />
            <circle
              cx="17"
              cy="6"
              r="3.5"
              stroke="currentColor"
              stroke-width="1.5"
              fill={isHollow ? "var(--paper)" : "currentColor"}
            />
          </svg>
          {name}
        </label>
      ))}
    </fieldset>
  );
}
