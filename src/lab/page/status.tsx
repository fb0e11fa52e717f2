import type { Lab } from "./lab.ts";
import { WithConnections } from "./with-connections.tsx";
import { useWords } from "./words/index.ts";

/** Where what a run brings is shown. */
const pageOf = { phases: "models", compare: "compare", kettles: "kettles" } as const;

/** What the lab does at the moment, or what is wrong; nothing if there is nothing to tell. */
export function Status({ lab }: { readonly lab: Lab }) {
  const words = useWords();
  const { progress, waiting, failure } = lab.state;
  const complaint = lab.refusal ?? failure;
  const trouble = lab.isConnected
    ? complaint && words.reason(complaint)
    : words.connection.lost(location.port);
  return (
    <div class="status" role="status" aria-live="polite">
      {progress && lab.isConnected && (
        <p class="running">
          <span>
            {words.run.running}
            {words.colon}
            {progress.model ?? words.pages.kettles}
            <WithConnections count={progress.connections} />
            {waiting.map(({ kind }) => (
              <small key={kind}>
                {words.pages[pageOf[kind]]}
                {words.colon}
                {words.run.waiting}
              </small>
            ))}
          </span>
          {/* How far they are is not known of those that run all at once. */}
          <progress
            key={String(progress.model === null)}
            max={progress.total}
            value={progress.model === null ? undefined : progress.done}
            aria-label={words.run.running}
          />
          <button type="button" onClick={lab.stop}>
            {words.run.stop}
          </button>
        </p>
      )}
      {trouble && <p class="trouble">{trouble}</p>}
    </div>
  );
}
