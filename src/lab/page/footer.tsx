import type { Machine } from "../web/protocol.ts";
import { useWords } from "./words/index.ts";

/** Where everything on this page was measured. */
export function Footer({ machine }: { readonly machine: Machine | null }) {
  const words = useWords();
  if (!machine) return null;
  const { pentio, node, kernel } = machine;
  return (
    <footer>
      <p>{words.machine(pentio, node, kernel, machine.machine.cpu, machine.machine.cpus)}</p>
    </footer>
  );
}
