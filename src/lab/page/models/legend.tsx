import { useWords } from "../words/index.ts";

const threadStates = ["working", "blocked", "calling"] as const;
const dataStates = ["waiting", "ready", "copying"] as const;

/** What the colours, the patterns and the flags mean. */
export function Legend() {
  const words = useWords();
  return (
    <div class="legend">
      <Part name={words.legend.thread} entries={threadStates.map((state) => [state, words.legend[state]])} />
      <Part name={words.legend.data} entries={dataStates.map((state) => [state, words.legend[state]])} />
      <div>
        <h4>{words.legend.moments}</h4>
        <ul>
          {Object.entries(words.moments).map(([name, [letter, meaning]]) => (
            <li key={name}>
              <kbd>{letter}</kbd> {meaning}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function Part({
  name,
  entries,
}: {
  readonly name: string;
  readonly entries: [state: string, meaning: string][];
}) {
  return (
    <div>
      <h4>{name}</h4>
      <ul>
        {entries.map(([state, meaning]) => (
          <li key={state}>
            <svg class="swatch" width="26" height="14" aria-hidden="true">
              <rect class={state} width="26" height="14" rx="2" />
            </svg>
            {meaning}
          </li>
        ))}
      </ul>
    </div>
  );
}
