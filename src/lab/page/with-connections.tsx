import { useFormats } from "./format.ts";
import { useWords } from "./words/index.ts";

/** With how many connections something is measured, behind what it is; null: their number does not matter. */
export function WithConnections({ count }: { readonly count: number | null }) {
  const words = useWords();
  const { number } = useFormats();
  return count !== null && words.comma + words.compare.withConnections(number(count));
}
