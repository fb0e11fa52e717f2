import type { Lab } from "./lab.ts";
import { WithConnections } from "./with-connections.tsx";
import { useWords } from "./words/index.ts";

/** What the lab does at the moment, or what is wrong; nothing if there is nothing to tell. */
export function Status({ lab }: { readonly lab: Lab }) {
  const words = useWords();
  const { progress, failure } = lab.state;
  const trouble = lab.isConnected ? (lab.refusal ?? failure) : words.connection.lost(location.port);
  return (
    <div class="status" role="status" aria-live="polite">
      {progress && lab.isConnected && (
        <p class="running">
          <span>
            {words.run.running}
            {progress.model !== null && `: ${progress.model}`}
            <WithConnections count={progress.connections} />
          </span>
          <progress max={progress.total} value={progress.done} aria-label={words.run.running} />
          <button type="button" onClick={lab.stop}>
            {words.run.stop}
          </button>
        </p>
      )}
      {trouble && <p class="trouble">{trouble}</p>}
    </div>
  );
}
