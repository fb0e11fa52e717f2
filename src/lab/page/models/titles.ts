import type { Words } from "../words/index.ts";

/** The models in the book's order, each with the number of its kind. */
const numerals: Record<string, string> = {
  blocking: "I",
  nonblocking: "II",
  select: "III",
  poll: "III",
  epoll: "III",
  signal: "IV",
  aio: "V",
  io_uring: "V",
};

/** How a card is headed. */
export interface Title {
  readonly numeral: string;
  readonly title: string;
  readonly summary: string;
}

/** A model's name as the book has it. A name may go on after the model's, for a variant of it. */
export function titleOf(name: string, words: Words): Title {
  const model = name.split(" ")[0]!;
  const { title, summary } = words.models[model] ?? { title: name, summary: "" };
  return {
    numeral: numerals[model] ?? "",
    title: model === name ? title : words.direct(title),
    summary,
  };
}

/** Where a model stands in the book. */
export function orderOf(name: string): number {
  const models = Object.keys(numerals);
  const index = models.indexOf(name.split(" ")[0]!);
  return index < 0 ? models.length : index;
}
