import type { Timeline } from "../../phases/timeline.ts";
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

/** How a time line is headed. */
export interface Title {
  readonly numeral: string;
  readonly title: string;
  /** Who reads: plain calls, or Pentio's loop. */
  readonly form: string;
  readonly summary: string;
}

/** A model's name as the book has it, and who reads in which way. */
export function titleOf({ model, form }: Timeline, words: Words): Title {
  const { title, summary, byLoop } = words.models[model] ?? { title: model, summary: "" };
  return {
    numeral: numerals[model] ?? "",
    title,
    form: words.forms[form],
    summary: (form === "driver" && byLoop) || summary,
  };
}

/** What tells a time line from the others. */
export function keyOf({ model, form }: Timeline): string {
  return `${model} ${form}`;
}

/** By the order of the book, whose own form comes first. */
export function byTheBook(a: Timeline, b: Timeline): number {
  return placeOf(a) - placeOf(b);
}

function placeOf({ model, form }: Timeline): number {
  const models = Object.keys(numerals);
  const index = models.indexOf(model);
  return 2 * (index < 0 ? models.length : index) + (form === "plain" ? 0 : 1);
}
