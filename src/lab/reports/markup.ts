/** Text that is HTML already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** What may stand in a template: text is escaped, whatever it is; a list stands one after the other. */
export type Content = string | number | Markup | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** HTML from a template, in which only the template itself can make tags. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(strings.reduce((text, string, index) => text + toText(contents[index - 1]!) + string));
}

/**
 * Data for a `script` that is not run. In JSON, `<` stands only within strings, where an escape says the same; so no text in
 * it can end the script.
 */
export function jsonScript(id: string, value: object): Markup {
  const json = JSON.stringify(value).replaceAll("<", "\\u003c");
  return new Markup(`<script type="application/json" id="${id}">${json}</script>`);
}

function toText(content: Content): string {
  if (typeof content === "string") return content.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
  if (typeof content === "number" || content instanceof Markup) return String(content);
  return content.map(toText).join("");
}
