import { useFormats } from "./format.ts";
import type { Missing as MissingFigures } from "./lab-state.ts";
import { WithConnections } from "./with-connections.tsx";
import { useWords } from "./words/index.ts";

/** What has no figures, and why. */
export function Missing({ missing }: { readonly missing: readonly MissingFigures[] }) {
  const words = useWords();
  const { number } = useFormats();
  if (missing.length === 0) return null;
  return (
    <ul class="missing">
      {missing.map(({ model, connections, reason }) => (
        <li key={`${model} ${connections}`}>
          <b>{model}</b>
          <WithConnections count={connections} />
          {words.colon}
          {typeof reason === "string"
            ? words.reason(reason)
            : words.compare.bounds[reason.of](number(reason.limit))}
        </li>
      ))}
    </ul>
  );
}
